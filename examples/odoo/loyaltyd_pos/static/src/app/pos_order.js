/** @odoo-module **/
import { patch } from "@web/core/utils/patch";
import { PosOrder } from "@point_of_sale/app/models/pos_order";

patch(PosOrder.prototype, {
    export_for_printing() {
        return { ...super.export_for_printing(...arguments), loyaltyd_lines: this.uiState.loyaltyd?.receipt || [] };
    },
});
