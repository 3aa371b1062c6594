import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { pricesQuery, removePrice, setPrice, type Price } from "../api/settings";
import { Button } from "../ui/Button";
import form from "../ui/Form.module.css";
import { SafeText } from "../ui/SafeText";
import { SureButton } from "../ui/SureButton";
import { Table } from "../ui/Table";
import { ErrorBox } from "./ErrorBox";
import { Skeleton } from "./Skeleton";

/** Own prices and discounts. */
export function Prices() {
  const { data: prices, error, isPending, refetch } = useQuery(pricesQuery);
  return (
    <>
      <PriceForm />
      {isPending && <Skeleton />}
      {error && (
        <ErrorBox title="The prices could not be loaded." error={error} onRetry={() => void refetch()} />
      )}
      {prices?.length === 0 && <p>No prices of your own: the table that comes with the program holds.</p>}
      {prices && prices.length > 0 && (
        <Table label="Own prices and discounts">
          <thead>
            <tr>
              <th scope="col">Provider</th>
              <th scope="col">Model</th>
              <th scope="col">USD per million tokens, or discount</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col" data-actions="">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {prices.map((price) => (
              <Row key={price.id} price={price} />
            ))}
          </tbody>
        </Table>
      )}
    </>
  );
}

function Row({ price }: { price: Price }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: removePrice,
    onSuccess: () => client.invalidateQueries({ queryKey: pricesQuery.queryKey }),
  });
  return (
    <tr>
      <td>
        <SafeText text={price.provider || "any"} />
      </td>
      <td>
        <SafeText text={price.model || "any"} />
      </td>
      <td>{amountText(price)}</td>
      <td>{price.since ?? ""}</td>
      <td>{price.until ?? ""}</td>
      <td data-actions="">
        {remove.error && <span role="alert">{remove.error.message} </span>}
        <SureButton label="Remove" sure="Remove it?" onSure={() => remove.mutate(price.id)} />
      </td>
    </tr>
  );
}

function amountText({ parts, percent }: Price): string {
  if (percent !== undefined) return `${percent} % off`;
  return Object.entries(parts ?? {})
    .map(([part, usd]) => `${part.replaceAll("_", " ")} $${usd}`)
    .join(" · ");
}

const PARTS = [
  ["input", "Input"],
  ["output", "Output"],
  ["cache_read", "Cached input"],
] as const;

function PriceForm() {
  const client = useQueryClient();
  const [kind, setKind] = useState<"price" | "discount">("price");
  const set = useMutation({
    mutationFn: setPrice,
    onSuccess: () => client.invalidateQueries({ queryKey: pricesQuery.queryKey }),
  });
  const submit = (data: FormData) => {
    const said = (name: string) => (data.get(name) as string | null)?.trim() ?? "";
    const common = {
      provider: said("provider"),
      model: said("model"),
      since: said("since"),
      until: said("until"),
    };
    const amounts = PARTS.filter(([name]) => said(name) !== "").map(
      ([name]) => [name, Number(said(name))] as const,
    );
    set.mutate(
      kind === "discount"
        ? { ...common, percent: Number(said("percent")) }
        : { ...common, parts: Object.fromEntries(amounts) },
    );
  };
  return (
    <form
      className={form.form}
      aria-label="New price"
      onSubmit={(event) => {
        event.preventDefault();
        submit(new FormData(event.currentTarget));
      }}
    >
      <div className={form.line}>
        <label className={form.choice}>
          <input type="radio" name="kind" checked={kind === "price"} onChange={() => setKind("price")} />
          Price
        </label>
        <label className={form.choice}>
          <input
            type="radio"
            name="kind"
            checked={kind === "discount"}
            onChange={() => setKind("discount")}
          />
          Discount
        </label>
      </div>
      <div className={form.line}>
        <label className={form.field}>
          Provider
          <input name="provider" placeholder="any" size={14} />
        </label>
        <label className={form.field}>
          Model
          <input
            name="model"
            placeholder={kind === "price" ? "gpt-4o*" : "any"}
            required={kind === "price"}
            size={18}
          />
        </label>
        {kind === "discount" ? (
          <label className={form.field}>
            Percent off
            <input name="percent" type="number" min={0} max={100} step="any" required />
          </label>
        ) : (
          PARTS.map(([name, label]) => (
            <label key={name} className={form.field}>
              {label}
              <input name={name} type="number" min={0} step="any" required={name !== "cache_read"} />
            </label>
          ))
        )}
        <label className={form.field}>
          From
          <input name="since" type="date" />
        </label>
        <label className={form.field}>
          To
          <input name="until" type="date" />
        </label>
      </div>
      {kind === "price" && <p className={form.note}>USD per million tokens.</p>}
      {set.error && (
        <p role="alert" className={form.problem}>
          It was not set: {set.error.message}
        </p>
      )}
      <Button type="submit" look="primary" disabled={set.isPending}>
        {kind === "price" ? "Set the price" : "Set the discount"}
      </Button>
    </form>
  );
}
