// Stand-ins for the few names of Odoo 18 that the module touches, with what they do in its
// source as far as the module can tell. Nothing of Odoo's own is in here.
import { register } from "node:module";
import { randomUUID } from "node:crypto";

register("./resolve.mjs", import.meta.url);

// @web/core/utils/patch: what is patched stays reachable as super.
export function patch(target, extension) {
    const before = Object.create(Object.getPrototypeOf(target), Object.getOwnPropertyDescriptors(target));
    Object.setPrototypeOf(extension, before);
    Object.defineProperties(target, Object.getOwnPropertyDescriptors(extension));
}

export const _t = (text, ...values) => values.reduce((said, value) => said.replace("%s", value), text);
export const uuidv4 = randomUUID;
export class SelectionPopup {}
export const makeAwaitable = (dialog, popup, props) => dialog.answer(popup, props);

export class PosOrder {
    constructor(partner) {
        Object.assign(this, { uuid: uuidv4(), partner_id: partner, lines: [], payment_ids: [], state: "draft", uiState: {} });
        this.currency = { name: "TRY", decimal_places: 2 };
    }
    get finalized() {
        return this.state !== "draft";
    }
    get_partner() {
        return this.partner_id;
    }
    get total() {
        return this.lines.reduce((sum, line) => sum + line.get_price_with_tax(), 0);
    }
    get_change() {
        return this.payment_ids.reduce((sum, payment) => sum + payment.get_amount(), 0) - this.total;
    }
    removeOrderline(line) {
        this.lines.splice(this.lines.indexOf(line), 1);
    }
    pay(amount, type = "cash") {
        this.payment_ids.push({ get_amount: () => amount, payment_method_id: { type } });
    }
    export_for_printing() {
        return { name: this.uuid };
    }
}

class Line {
    constructor(values) {
        Object.assign(this, { uuid: uuidv4(), ...values });
    }
    get_product() {
        return this.product_id;
    }
    get_quantity() {
        return this.qty;
    }
    get_price_with_tax() {
        return this.qty * this.price_unit;
    }
    get_price_without_tax() {
        return this.get_price_with_tax();
    }
}

export class PosStore {
    constructor(config, answer) {
        Object.assign(this, { config, notes: [], printed: [], online: true });
        this.notification = { add: (text) => this.notes.push(text) };
        this.dialog = { answer };
        this.ready = this.setup();
    }
    async setup() {}
    open(partner) {
        this.order = new PosOrder(partner);
        return this.order;
    }
    async addLineToCurrentOrder(values) {
        const line = new Line({ ...values, order_id: this.order });
        this.order.lines.push(line);
        return line;
    }
}

export class PaymentScreen {
    constructor(pos) {
        Object.assign(this, { pos, dialog: pos.dialog });
    }
    get currentOrder() {
        return this.pos.order;
    }
    async validateOrder() {
        await this._finalizeValidation();
    }
    async _finalizeValidation() {
        this.currentOrder.date_order = new Date().toISOString().slice(0, 19).replace("T", " ");
        this.currentOrder.state = "paid";
        if (!this.pos.online) {
            return new Error("ConnectionLostError"); // Odoo shows the receipt itself then
        }
        await this.afterOrderValidation();
    }
    async afterOrderValidation() {
        this.pos.printed.push(this.currentOrder.export_for_printing("", {}));
    }
}

// What a browser has and node has not.
const kept = new Map();
globalThis.localStorage = new Proxy(
    {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, String(value)),
        removeItem: (key) => kept.delete(key),
    },
    {
        ownKeys: () => [...kept.keys()].reverse(), // a browser's have no order
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    }
);
globalThis.luxon = {
    DateTime: {
        fromSQL: (text, { zone }) => ({
            toLocal: () => ({ toISODate: () => new Date(`${text.replace(" ", "T")}${zone === "utc" ? "Z" : ""}`).toLocaleDateString("sv") }),
        }),
    },
};

// The page's origin, as a browser would say it.
const fetched = globalThis.fetch;
globalThis.fetch = (url, options) =>
    fetched(url, { ...options, headers: { ...options.headers, Origin: "https://shop.example.com" } });

export async function install() {
    await import("@loyaltyd_pos/app/pos_store");
    await import("@loyaltyd_pos/app/pos_order");
    await import("@loyaltyd_pos/app/payment_screen");
}
