// Some sales at a till, as Odoo's POS makes them: node day.mjs URL TOKEN PHONE DEAF-URL.
// Says what was earned and redeemed; exits with 1 where something is not as it should be.
import assert from "node:assert/strict";
import { PaymentScreen, PosStore, install } from "./odoo.mjs";

const [url, token, phone, deaf] = process.argv.slice(2);
await install();

const reward = { id: 9, default_code: "REWARD" };
const config = { loyaltyd_url: url, loyaltyd_token: token, loyaltyd_timeout_ms: 20000, loyaltyd_product_id: reward };
const ayse = { name: "Ayşe", phone };

let offered = [];
const takes = (popup, { list }) => {
    offered = list.map((one) => one.label);
    return list[0]?.item;
};

async function open(settings = config) {
    const pos = new PosStore(settings, takes);
    await pos.ready;
    return { pos, screen: new PaymentScreen(pos) };
}

async function put(pos, price, qty = 1, product = { id: 1, pos_categ_ids: [{ name: "food" }] }) {
    return pos.addLineToCurrentOrder({ product_id: product, qty, price_unit: price });
}

// The answer to the first try is lost: the sale goes on, waits here, and counts once.
const { pos, screen } = await open();
const first = pos.open(ayse);
await put(pos, 300, 2);
first.pay(700);
await screen.validateOrder();
assert.equal(pos.printed.length, 1);
assert.deepEqual(pos.printed[0].loyaltyd_lines, []);
assert.deepEqual(pos.loyaltyd.waiting(), [first.uuid]);
await pos.loyaltyd.retry();
assert.deepEqual(pos.loyaltyd.waiting(), []);

// A reward is a line of its own; an order that is changed after gives it back.
const second = pos.open(ayse);
await put(pos, 20);
await screen.clickLoyaltyd();
assert.match(offered[0], /five \(500\)/, pos.notes.join());
assert.equal(second.total, 15);
await screen.clickLoyaltyd(); // once a sale
assert.equal(second.lines.length, 2);
await put(pos, 1.1);
second.pay(20);
await screen.validateOrder();
assert.equal(second.state, "draft");
assert.equal(second.total.toFixed(2), "21.10");
await screen.clickLoyaltyd();
assert.equal(second.total.toFixed(2), "16.10");
await screen.validateOrder();
assert.equal(second.state, "paid");
console.log(pos.printed.at(-1).loyaltyd_lines.join("\n"));

// Odoo's own discount lowers what is charged; without Odoo's server it is told all the same.
const third = pos.open(ayse);
await put(pos, 10);
await put(pos, 5);
await put(pos, -3, 1, { id: 2 });
third.pay(12, "bank");
pos.online = false;
await screen.validateOrder();
pos.online = true;
assert.match(third.export_for_printing().loyaltyd_lines.join("\n"), /12\.00/);

// A number that is none does not lose the sale.
const fourth = pos.open({ mobile: "none" });
await put(pos, 7);
fourth.pay(7);
await screen.validateOrder();
assert.match(pos.printed.at(-1).loyaltyd_lines.join("\n"), /7\.00/);

// What Odoo refunds comes back at the till, line by line.
const refund = (pos, line, qty) =>
    pos.addLineToCurrentOrder({ product_id: line.product_id, qty: -qty, price_unit: line.price_unit, refunded_orderline_id: line });
const back = pos.open(ayse);
await refund(pos, first.lines[0], 1);
await screen.validateOrder();
const paper = pos.printed.at(-1).loyaltyd_lines.join("\n");
assert.match(paper, /RETURN[^]*REFUND TRY +300\.00[^]*Taken back +300 points/);
assert.deepEqual(pos.loyaltyd.waiting(), []);

// A sale with a reward comes back whole: her points, and what the reward had cost.
const whole = pos.open(ayse);
for (const line of second.lines) {
    await refund(pos, line, line.qty);
}
pos.notes.length = 0;
await screen.validateOrder();
assert.match(pos.printed.at(-1).loyaltyd_lines.join("\n"), /REFUND TRY +16\.10[^]*Taken back +16 points[^]*Given back +500 points/);
assert.deepEqual(pos.notes, []);

// An exchange is a return and a sale; what Odoo's own discount had taken off is said.
pos.open(ayse);
await refund(pos, third.lines[1], 1);
await put(pos, 7);
pos.order.pay(2);
await screen.validateOrder();
assert.match(pos.printed.at(-1).loyaltyd_lines.join("\n"), /REFUND TRY +4\.00[^]*TOTAL TRY +7\.00/);
assert.match(pos.notes.join(), /paid: 4\.00/);

// A sale of another till is none that this one can take back: a person reads why.
pos.open(ayse);
await refund(pos, { ...third.lines[0], uuid: "other", get_quantity: () => 1, order_id: { ...third, uuid: "elsewhere", lines: [] } }, 1);
await screen.validateOrder();
assert.deepEqual(pos.loyaltyd.refused(), []); // a line that no sale here has is not sent
const elsewhere = { ...third, uuid: "elsewhere" };
pos.open(ayse);
await refund(pos, Object.assign(Object.create(third.lines[0]), { order_id: elsewhere }), 1);
await screen.validateOrder();
assert.match(pos.loyaltyd.refused().join(), /^elsewhere\/return\//);
localStorage.removeItem(`loyaltyd.refused.${pos.loyaltyd.refused()[0]}`);

// A till that is deaf holds nothing up, and what it did not hear is told at the next start.
const lonely = await open({ ...config, loyaltyd_url: deaf, loyaltyd_timeout_ms: 200 });
const fifth = lonely.pos.open(ayse);
await put(lonely.pos, 40);
fifth.pay(40);
await lonely.screen.clickLoyaltyd();
await lonely.screen.validateOrder();
assert.equal(lonely.pos.printed.length, 1);
assert.equal(lonely.pos.notes.length, 2);
lonely.pos.open(ayse);
await refund(lonely.pos, fifth.lines[0], 1);
await lonely.screen.validateOrder();
assert.equal(lonely.pos.loyaltyd.waiting().length, 2);
const again = await open();
await again.pos.loyaltyd.retry();
assert.deepEqual(again.pos.loyaltyd.waiting(), []);
assert.deepEqual(again.pos.loyaltyd.refused(), []);

// An order's id with another basket is refused, and kept for a person to see.
await assert.rejects(again.pos.loyaltyd.complete(fifth.uuid, { business_day_date: "2020-01-01", currency_code: "TRY", line_items: [] }));
assert.deepEqual(again.pos.loyaltyd.refused(), [fifth.uuid]);

// Where no till is set up the module does nothing.
const without = await open({});
without.pos.open(ayse);
await put(without.pos, 1);
await without.screen.validateOrder();
assert.equal(without.pos.printed.length, 1);
process.exit(0); // the POS's timers would go on
