/** @odoo-module **/
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { PosStore } from "@point_of_sale/app/store/pos_store";
import { uuidv4 } from "@point_of_sale/utils";
import { basketOf, returnsOf, saleOf } from "@loyaltyd_pos/sale";
import { Refused, Till } from "@loyaltyd_pos/till";

const RETRY_MS = 30000;

// The business day of an order that is paid: Odoo writes down when, in UTC.
const dayOf = (order) => luxon.DateTime.fromSQL(order.date_order, { zone: "utc" }).toLocal().toISODate();

patch(PosStore.prototype, {
    async setup() {
        await super.setup(...arguments);
        const { loyaltyd_url: url, loyaltyd_token: token, loyaltyd_timeout_ms: timeout } = this.config;
        if (!url) {
            return;
        }
        this.loyaltyd = new Till({ url, token, timeout: timeout || 1000 });
        this.loyaltyd.retry();
        setInterval(() => this.loyaltyd.retry(), RETRY_MS);
    },

    // What she can have for the order as it is; none where the till does not answer.
    async loyaltydOffers(order) {
        const basket = basketOf(order, this.config.loyaltyd_product_id);
        if (!basket?.member) {
            this.notification.add(_t("Choose a customer with a phone number first"));
            return [];
        }
        const quote = await this.loyaltydAsk(() => this.loyaltyd.quote({ ...basket, sale_id: order.uuid }));
        return (quote?.offers || []).filter((offer) => offer.voucher !== "bought");
    },

    // Sets a reward aside, and takes it off the order with a line of its own.
    async loyaltydRedeem(order, reward) {
        const product = this.config.loyaltyd_product_id;
        const basket = basketOf(order, product);
        const hold = uuidv4();
        const quote = await this.loyaltydAsk(async () => {
            const quote = await this.loyaltyd.quote({ ...basket, sale_id: order.uuid, redeem: [{ reward, times: 1 }] });
            await this.loyaltyd.hold({ hold_id: hold, sale_id: order.uuid, member: basket.member, reward });
            return quote;
        });
        if (!quote) {
            return;
        }
        order.uiState.loyaltyd = { hold, basket: JSON.stringify(basket) };
        await this.addLineToCurrentOrder(
            { product_id: product, qty: 1, price_unit: -quote.discount_amount / 10 ** order.currency.decimal_places },
            { merge: false },
            false
        );
    },

    // Gives a reward back whose order is no longer the one it was counted for.
    async loyaltydChanged(order) {
        const product = this.config.loyaltyd_product_id;
        const held = order.uiState.loyaltyd;
        if (!held?.hold || held.basket === JSON.stringify(basketOf(order, product))) {
            return false;
        }
        order.uiState.loyaltyd = undefined;
        order.lines.filter((line) => line.get_product() === product).forEach((line) => order.removeOrderline(line));
        this.notification.add(_t("The order was changed: take the reward again"));
        await this.loyaltydAsk(() => this.loyaltyd.release(held.hold));
        return true;
    },

    // Tells the till of an order that is paid, once: what came back, and what was sold.
    async loyaltydTell(order) {
        if (!this.loyaltyd || order.uiState.loyaltyd?.told) {
            return;
        }
        const product = this.config.loyaltyd_product_id;
        const returned = returnsOf(order, product, dayOf);
        const sale = saleOf(order, product, dayOf(order));
        order.uiState.loyaltyd = { told: true, receipt: [] };
        const answers = [];
        for (const { sale: of, body, paid } of returned) {
            const back = await this.loyaltydAsk(() => this.loyaltyd.takeBack(of, body));
            answers.push(back);
            if (back && back.total !== paid) {
                const counts = (back.total / 10 ** order.currency.decimal_places).toFixed(order.currency.decimal_places);
                this.notification.add(_t("Discounts and rewards taken off, this much was paid: %s", counts), { type: "warning" });
            }
        }
        if (sale) {
            answers.push(await this.loyaltydAsk(() => this.loyaltyd.complete(order.uuid, sale)));
        }
        order.uiState.loyaltyd = { told: true, receipt: answers.flatMap((answer) => answer?.receipt_lines || []) };
    },

    // The till's answer, or null with a word to the cashier: nothing of it stops a sale.
    async loyaltydAsk(question) {
        try {
            return await question();
        } catch (error) {
            const why = error instanceof Refused ? error.message : _t("The till does not answer; a sale's points come later");
            this.notification.add(why, { type: "warning" });
            return null;
        }
    },
});
