// Shopify's own library, asked over standard input: one JSON question a line, one JSON answer a line.
const { createInterface } = require("node:readline");
const { join } = require("node:path");

const [folder, secret] = process.argv.slice(2);
const library = join(folder, "node_modules/@shopify/shopify-api/dist/cjs");
require(join(library, "adapters/node/index.js"));
const { shopifyApi } = require(join(library, "lib/index.js"));
const { generateLocalHmac } = require(join(library, "lib/utils/hmac-validator.js"));
const { createSHA256HMAC } = require(join(library, "runtime/crypto/utils.js"));

const shopify = shopifyApi({
  apiKey: "sandbox-app",
  apiSecretKey: secret,
  scopes: ["read_orders"],
  hostName: "books.example",
  apiVersion: "2026-04",
  isEmbeddedApp: false,
  logger: { log: () => {} },
});

const questions = {
  webhook: ({ body, headers }) =>
    shopify.webhooks.validate({
      rawBody: body,
      rawRequest: { method: "POST", url: "https://books.example/webhooks/shopify", headers },
      rawResponse: {},
    }),
  query: ({ query }) => shopify.utils.validateHmac(query).catch((error) => error.message),
  shop: ({ domain }) => shopify.utils.sanitizeShop(domain),
  signBody: ({ body }) => createSHA256HMAC(secret, body, "base64"),
  signQuery: ({ query }) => generateLocalHmac({ apiSecretKey: secret })(query),
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const question = JSON.parse(line);
  const answer = await questions[question.ask](question);
  process.stdout.write(JSON.stringify(answer ?? null) + "\n");
});
