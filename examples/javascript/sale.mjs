// One sale at a till: node sale.mjs URL TOKEN-FILE PHONE. Node 18 or later; in a browser
// fetch is the same, and the page's origin must stand in api.allowed_origins.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

class Till {
  constructor(url, token, timeout = 1000) {
    Object.assign(this, { url, token, timeout });
  }

  // Sends a request until there is an answer: what is sent twice counts once.
  async post(path, body, tries = 5) {
    for (;;) {
      try {
        const answer = await fetch(this.url + path, {
          method: "POST",
          headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(this.timeout),
        });
        const told = await answer.json();
        if (answer.ok) return told;
        throw Object.assign(new Error(`${told.title}: ${told.next_step}`), { refused: true });
      } catch (error) {
        if (error.refused || --tries === 0) throw error;
      }
    }
  }
}

const [url, tokenFile, phone] = process.argv.slice(2);
const till = new Till(url, readFileSync(tokenFile, "utf8").trim());
const member = { phone };
const line_items = [
  { sku: "milk", extended_amount: 1999 },
  { sku: "bread", extended_amount: 850 },
];
const now = new Date();
const business_day_date = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;

const quote = await till.post("/v1/quote", { currency_code: "TRY", line_items, member });
console.error(quote.display_lines.join(" | "));
const told = await till.post(`/v1/sales/S-${randomUUID()}/complete`, {
  business_day_date,
  currency_code: "TRY",
  line_items,
  member,
  tenders: [{ tender_type: "cash", amount: 2849 }],
});
console.log(told.receipt_lines.join("\n"));
