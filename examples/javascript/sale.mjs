// One sale at a till: node sale.mjs URL TOKEN-FILE PHONE. Node 18 or later; in a browser
// fetch is the same, and the page's origin must stand in api.allowed_origins.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

// The till says no, and what to do.
class Refused extends Error {}

class Till {
  constructor(url, token, timeout = 1000) {
    Object.assign(this, { url, token, timeout });
  }

  async post(path, body) {
    const answer = await fetch(this.url + path, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(this.timeout),
    });
    if (answer.status >= 500) throw new Error("the till cannot now"); // as good as no answer
    const told = await answer.json();
    if (!answer.ok) throw new Refused(`${told.title}: ${told.next_step}`);
    return told;
  }

  // Sends until there is an answer: what is sent twice counts once.
  async tell(path, body, tries = 5) {
    for (;;) {
      try {
        return await this.post(path, body);
      } catch (error) {
        if (error instanceof Refused || --tries === 0) throw error;
        await pause(500);
      }
    }
  }
}

const say = console.error; // to the cashier

function today() { // a POS has its own business day
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
}

async function main(url, tokenFile, phone) {
  const till = new Till(url, readFileSync(tokenFile, "utf8").trim());
  const basket = {
    currency_code: "TRY",
    line_items: [
      { sku: "milk", extended_amount: 1999 },
      { sku: "bread", extended_amount: 850 },
    ],
    member: { phone },
  };
  let business_day_date = today();
  try { // before she pays nothing is worth waiting for
    const quote = await till.post("/v1/quote", basket);
    business_day_date = quote.business_day_date;
    say(quote.display_lines.join(" | "));
  } catch (error) {
    say(error instanceof Refused
      ? `Sell without loyalty: ${error.message}`
      : "The till does not answer. Sell without loyalty: her points come later.");
  }

  // The id and the body are made once: a POS takes its own.
  const id = `S-${randomUUID()}`;
  const sale = { ...basket, business_day_date, tenders: [{ tender_type: "cash", amount: 2849 }] };
  try { // she has paid, and need not wait for this
    const told = await till.tell(`/v1/sales/${id}/complete`, sale);
    console.log(told.receipt_lines.join("\n"));
  } catch (error) {
    if (error instanceof Refused) {
      say(error.message);
      process.exitCode = 1;
      return;
    }
    say(`Sold. Keep this and send it again until it is answered: ${id} ${JSON.stringify(sale)}`);
  }
}

const args = process.argv.slice(2);
if (args.length === 3) {
  await main(...args);
} else {
  say("usage: node sale.mjs URL TOKEN-FILE PHONE");
  process.exitCode = 2;
}
