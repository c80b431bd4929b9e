/** @odoo-module **/
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import { makeAwaitable } from "@point_of_sale/app/store/make_awaitable_dialog";
import { SelectionPopup } from "@point_of_sale/app/utils/input_popups/selection_popup";

patch(PaymentScreen.prototype, {
    async clickLoyaltyd() {
        const order = this.currentOrder;
        if (order.uiState.loyaltyd?.hold) {
            return; // one reward a sale
        }
        const offers = await this.pos.loyaltydOffers(order);
        if (offers.length === 0) {
            return;
        }
        const reward = await makeAwaitable(this.dialog, SelectionPopup, {
            title: _t("Rewards"),
            list: offers.map(({ reward, cost }) => ({ id: reward, label: cost ? `${reward} (${cost})` : reward, item: reward })),
        });
        if (reward) {
            await this.pos.loyaltydRedeem(order, reward);
        }
    },

    async validateOrder() {
        if (await this.pos.loyaltydChanged(this.currentOrder)) {
            return;
        }
        await super.validateOrder(...arguments);
    },

    // Odoo has the order, and prints it next.
    async afterOrderValidation() {
        await this.pos.loyaltydTell(this.currentOrder);
        return super.afterOrderValidation(...arguments);
    },

    // Without Odoo's server there is no afterOrderValidation; the order is paid all the same.
    async _finalizeValidation() {
        const order = this.currentOrder;
        const error = await super._finalizeValidation(...arguments);
        if (order.finalized) {
            await this.pos.loyaltydTell(order);
        }
        return error;
    },
});
