/** What people ask and models answer, in every form the dashboard reads. */

import type { JsonObject } from "../src/lib/json";

export interface Talk {
  provider: string;

  models: string[];
  url: string;
  request: (model: string) => object;
  response: (model: string) => object;
  tokens: [input: number, output: number];
  latency: [low: number, high: number];
  span: string;
}

const SUPPORT_SYSTEM = `You are the support agent of Northwind Outdoors.
Answer in the customer's language, briefly and warmly.
Use the tools for anything about an order: never guess a delivery date.
Refunds above $200 need a human: hand over with the tool escalate.
Never mention internal systems, ticket numbers or other customers.
If the customer is upset, say sorry once, then help.
Sign with "Northwind Outdoors".`;

const ORDER_TOOLS = [
  {
    type: "function",
    function: {
      name: "find_order",
      description: "Look up an order by its number.",
      parameters: { type: "object", properties: { number: { type: "string" } }, required: ["number"] },
    },
  },
  {
    type: "function",
    function: {
      name: "escalate",
      description: "Hand the conversation to a human colleague.",
      parameters: { type: "object", properties: { reason: { type: "string" } }, required: ["reason"] },
    },
  },
];

function chat(system: string | null, question: string, answer: string, more: JsonObject = {}) {
  return {
    request: (model: string) => ({
      model,
      ...more,
      messages: [
        ...(system ? [{ role: "system", content: system }] : []),
        { role: "user", content: question },
      ],
      temperature: 0.2,
    }),
    response: (model: string) => ({
      object: "chat.completion",
      model,
      choices: [{ index: 0, message: { role: "assistant", content: answer }, finish_reason: "stop" }],
    }),
  };
}

const OPENAI = {
  provider: "openai",
  models: ["gpt-4o-mini", "gpt-4o", "gpt-4.1-mini"],
  url: "https://api.openai.com/v1/chat/completions",
};

const WINDOW_SQL = `Use a window function and keep the first row of each customer:

\`\`\`sql
SELECT customer_id, order_id, ordered_at
FROM (
  SELECT *, row_number() OVER (
    PARTITION BY customer_id ORDER BY ordered_at DESC
  ) AS n
  FROM orders
)
WHERE n = 1;
\`\`\`

With an index on \`(customer_id, ordered_at DESC)\` this reads **one row per customer** instead of sorting the table.

| approach | 1 M rows |
|---|---|
| correlated subquery | 8.2 s |
| window function | 1.1 s |
| with the index | 0.09 s |`;

const SHORT: [span: string, question: string, answer: string][] = [
  [
    "support.answer",
    "Can I return boots I have worn once outside?",
    "Yes: boots may be returned within **60 days**, also after a first walk. Please clean them first.\n\nNorthwind Outdoors",
  ],
  [
    "support.answer",
    "My discount code HIKE20 is not accepted at checkout, it says expired.",
    "HIKE20 ended on Sunday. I have added **10 %** to your basket instead; it is valid until midnight.\n\nNorthwind Outdoors",
  ],
  [
    "support.classify",
    "Classify: “The zip of my jacket broke after two weeks.” One of: delivery, defect, refund, other.",
    "defect",
  ],
  [
    "support.classify",
    "Classify: “When will the blue one be back in stock?” One of: delivery, defect, refund, other.",
    "other",
  ],
  [
    "support.translate",
    "Übersetze ins Englische: Die Lieferung kam zwei Tage zu spät, aber alles war heil.",
    "The delivery came two days late, but everything was intact.",
  ],
  [
    "copy.product",
    "Write a product text of 30 words for a 900 g two-person tent.",
    "Two people, four seasons, nine hundred grams. *Ridge 2* pitches in three minutes, shrugs off the wind and packs to the size of a water bottle. Leave nothing but footprints.",
  ],
  [
    "sql.assist",
    "Why does my query ignore the index on created_at when I write date(created_at) = '2026-11-20'?",
    "A function hides the column from the index. Ask for a range instead:\n\n```sql\nWHERE created_at >= '2026-11-20'\n  AND created_at <  '2026-11-21'\n```",
  ],
  [
    "code.explain",
    "What does `itertools.groupby` need so that it groups correctly?",
    "Its input **sorted by the same key**: it only groups neighbours.\n\n```python\nrows.sort(key=by_day)\nfor day, group in groupby(rows, key=by_day):\n    print(day, len(list(group)))\n```",
  ],
  [
    "search.rewrite",
    "Rewrite as a search query: something warm for my dad who fishes in winter",
    "insulated fishing jacket men winter",
  ],
  [
    "minutes.actions",
    "List the action items: Ines writes the guide by Friday, Bob checks the backups, we meet again Monday.",
    "- Ines: migration guide, Friday\n- Bob: check the backups\n- All: meet on Monday",
  ],
  [
    "eval.judge",
    "Does the answer follow the policy? Reply yes or no, then one sentence.",
    "yes. It offers a refund below $200 and names no other customer.",
  ],
];

const SHORT_TALKS = SHORT.map(([span, question, answer]): Talk => ({
  ...OPENAI,
  ...chat(span.startsWith("support") ? SUPPORT_SYSTEM : null, question, answer),
  tokens: [120 + question.length, answer.length >> 2],
  latency: [400, 2200],
  span,
}));

const LONG_TALKS: Talk[] = [
  {
    ...OPENAI,
    ...chat(
      SUPPORT_SYSTEM,
      "Hi, I ordered a tent last week and it still says “preparing”. Will it be here before Saturday?",
      "Thanks for writing! Your tent left our warehouse this morning and should arrive on **Thursday, two days before your trip**. You will get a tracking link by e-mail today.\n\nNorthwind Outdoors",
    ),
    tokens: [312, 58],
    latency: [700, 2400],
    span: "support.answer",
  },
  {
    ...OPENAI,
    request: (model) => ({
      model,
      tools: ORDER_TOOLS,
      messages: [
        { role: "system", content: SUPPORT_SYSTEM },
        { role: "user", content: "Where is order 48213? I leave for the mountains on Saturday." },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "call_9xQ2",
              type: "function",
              function: { name: "find_order", arguments: '{"number": "48213"}' },
            },
          ],
        },
        {
          role: "tool",
          tool_call_id: "call_9xQ2",
          content:
            '{"number": "48213", "status": "shipped", "carrier": "DHL", "eta": "2026-11-26", "items": ["Ridge 2 tent"]}',
        },
      ],
    }),
    response: (model) => ({
      object: "chat.completion",
      model,
      choices: [
        {
          index: 0,
          finish_reason: "stop",
          message: {
            role: "assistant",
            content:
              "Good news: order 48213 has **shipped with DHL** and arrives on Thursday, 26 November.\n\nThat leaves you a full day to:\n\n1. check the poles and pegs,\n2. pitch the *Ridge 2* once in the garden,\n3. pack it dry.\n\nEnjoy the mountains!\nNorthwind Outdoors",
          },
        },
      ],
    }),
    tokens: [1184, 96],
    latency: [900, 3100],
    span: "support.order",
  },
  {
    ...OPENAI,
    ...chat(
      "You write SQL for an analyst. Explain in two sentences at most.",
      "How do I get the latest order per customer without a correlated subquery? It takes 8 seconds on a million rows.",
      WINDOW_SQL,
    ),
    tokens: [146, 214],
    latency: [1800, 5200],
    span: "sql.assist",
  },
  {
    provider: "anthropic",
    models: ["claude-sonnet-4-5", "claude-haiku-4-5"],
    url: "https://api.anthropic.com/v1/messages",
    request: (model) => ({
      model,
      max_tokens: 2048,
      system: "You review pull requests. Be specific; name files and lines.",
      messages: [
        {
          role: "user",
          content: [
            {
              type: "text",
              text: "Review this change: the retry loop in `client.py` now catches every exception.",
            },
          ],
        },
      ],
      tools: [{ name: "read_file", description: "Read a file.", input_schema: { type: "object" } }],
    }),
    response: (model) => ({
      type: "message",
      role: "assistant",
      model,
      stop_reason: "tool_use",
      content: [
        {
          type: "thinking",
          thinking:
            "A bare except would also swallow KeyboardInterrupt. I should read the loop before judging.",
        },
        {
          type: "text",
          text: "A bare `except` also catches `KeyboardInterrupt`. Let me read the loop first.",
        },
        {
          type: "tool_use",
          id: "toolu_01A",
          name: "read_file",
          input: { path: "client.py", lines: [88, 131] },
        },
      ],
    }),
    tokens: [2210, 171],
    latency: [1900, 6800],
    span: "review.step",
  },
  {
    ...OPENAI,
    models: ["gpt-4.1", "o4-mini"],
    url: "https://api.openai.com/v1/responses",
    request: (model) => ({
      model,
      instructions: "Extract the fields of the invoice as JSON. Use null for what is missing.",
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "Extract supplier, number, total and due date from this invoice." },
            { type: "input_image", image_url: "https://files.example.com/invoices/2026-1142.png" },
          ],
        },
      ],
    }),
    response: (model) => ({
      object: "response",
      model,
      status: "completed",
      output: [
        {
          type: "reasoning",
          summary: [{ type: "summary_text", text: "The due date is 30 days after the date." }],
        },
        {
          type: "message",
          role: "assistant",
          content: [
            {
              type: "output_text",
              text: '```json\n{\n  "supplier": "Alder & Sons",\n  "number": "2026-1142",\n  "total": 1840.50,\n  "due": "2026-12-15"\n}\n```',
            },
          ],
        },
      ],
    }),
    tokens: [1653, 142],
    latency: [2200, 9400],
    span: "invoice.extract",
  },
  {
    provider: "google",
    models: ["gemini-2.5-flash"],
    url: "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent",
    request: () => ({
      systemInstruction: { parts: [{ text: "Summarise for a busy reader: three bullets, no adjectives." }] },
      contents: [
        {
          role: "user",
          parts: [{ text: "Summarise the minutes of Monday's planning meeting: we moved the release …" }],
        },
      ],
    }),
    response: () => ({
      candidates: [
        {
          finishReason: "STOP",
          content: {
            role: "model",
            parts: [
              {
                text: "- The release moves to 4 December.\n- Search ships behind a flag.\n- Ines owns the migration guide.",
              },
            ],
          },
        },
      ],
    }),
    tokens: [3890, 44],
    latency: [500, 1900],
    span: "minutes.summarise",
  },
  {
    ...OPENAI,
    models: ["text-embedding-3-small"],
    url: "https://api.openai.com/v1/embeddings",
    request: (model) => ({ model, input: ["How do I return a jacket that does not fit?"] }),
    response: (model) => ({
      object: "list",
      model,
      data: [
        { index: 0, embedding: Array.from({ length: 256 }, (_, index) => Math.sin(index * 12.9898) / 11) },
      ],
    }),
    tokens: [11, 0],
    latency: [60, 240],
    span: "search.embed",
  },
  {
    ...OPENAI,
    models: ["gpt-3.5-turbo-instruct"],
    url: "https://api.openai.com/v1/completions",
    request: (model) => ({
      model,
      prompt: "A one-line product text for a waterproof notebook:",
      max_tokens: 40,
    }),
    response: (model) => ({
      object: "text_completion",
      model,
      choices: [{ index: 0, text: " Ideas survive the rain.", finish_reason: "stop" }],
    }),
    tokens: [12, 7],
    latency: [300, 900],
    span: "copy.line",
  },
];

/** Short and long by turns: the seed prefers the earlier ones. */
export const TALKS: Talk[] = SHORT_TALKS.flatMap((talk, index) => [LONG_TALKS[index] ?? [], talk].flat());
