/** What must not leave with a copy: keys become $API_KEY, headers that authorize are left out. */

import { isObject, type Json, type JsonObject } from "./json";

export const KEY_NAME = "$API_KEY";

const HEADER = /auth|cookie|token|secret|key|password|passwd|credential|session|signature|virtual/i;

/** Names by which a key is recognised wherever it stands in a body or a URL. */
const FIELD =
  /^(?:x-)?(?:authorization|api[-_]?key|apikey|access[-_]?key(?:[-_]?id)?|secret(?:[-_]?(?:access[-_]?)?key)?|client[-_]?secret|password|passwd|access[-_]?token|auth[-_]?token|refresh[-_]?token|bearer|credentials?|private[-_]?key|aws[-_]?\w*[-_]?(?:key|token)(?:[-_]?id)?|virtual[-_]?key|x-portkey-api-key|x-api-key|x-goog-api-key|sig|signature|x-amz-(?:signature|credential|security-token))$/i;

// Forms of keys that providers hand out.
const KEY =
  /(?:\b(?:sk|pk|rk|gsk|xai|hf|r8|pplx|nvapi|fw|csk|tgp|ghp|gho|ghs|ghu|glpat|dop_v1|voyage|jina|sess)[-_][A-Za-z0-9_-]{12,}|\bgithub_pat_\w{20,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|\bA(?:KIA|SIA)[A-Z0-9]{16}\b|\bxox[abposr]-[\w-]{10,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*|\bBearer\s+(?!\$API_KEY)[\w.~+/-]{8,}=*|-----BEGIN[A-Z ]*PRIVATE KEY-----[\s\S]*?-----END[A-Z ]*PRIVATE KEY-----)/g;

/** A text without keys. */
export function withoutKeys(text: string): string {
  return text.replace(KEY, (found) => (/^Bearer\s/.test(found) ? `Bearer ${KEY_NAME}` : KEY_NAME));
}

/** A body without keys, wherever they stand. */
export function bodyWithoutKeys(value: Json): Json {
  if (typeof value === "string") return withoutKeys(value);
  if (Array.isArray(value)) return value.map(bodyWithoutKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]): [string, Json] => [
      withoutKeys(name),
      FIELD.test(name) && typeof inner === "string" && inner !== "" ? KEY_NAME : bodyWithoutKeys(inner),
    ]),
  );
}

/** Headers that say nothing of who sent them. */
export function plainHeaders(headers: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !HEADER.test(name))
      .map(([name, value]): [string, Json] => [name, bodyWithoutKeys(value)]),
  );
}

/** A URL without the keys in its query, its user and its password. */
export function urlWithoutKeys(url: string): string {
  const bare = url.replace(/^(\w+:\/\/)[^/?#@]*@/, "$1");
  return withoutKeys(
    bare.replace(/([?&])([^=&#]+)=([^&#]*)/g, (whole, mark: string, name: string) =>
      FIELD.test(decoded(name)) || /^key$/i.test(name) ? `${mark}${name}=${KEY_NAME}` : whole,
    ),
  );
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
