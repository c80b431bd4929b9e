// Where Odoo's names of modules lead: the module's own to its files, all others to the
// stand-ins. One that the module does not name here is none of Odoo 18's.
const KNOWN = [
    "@web/core/l10n/translation",
    "@web/core/utils/patch",
    "@point_of_sale/utils",
    "@point_of_sale/app/models/pos_order",
    "@point_of_sale/app/screens/payment_screen/payment_screen",
    "@point_of_sale/app/store/make_awaitable_dialog",
    "@point_of_sale/app/store/pos_store",
    "@point_of_sale/app/utils/input_popups/selection_popup",
];

export function resolve(name, context, next) {
    if (name.startsWith("@loyaltyd_pos/")) {
        const path = name.replace("@loyaltyd_pos/", "../loyaltyd_pos/static/src/");
        return { url: new URL(`${path}.js`, import.meta.url).href, format: "module", shortCircuit: true };
    }
    if (KNOWN.includes(name)) {
        return { url: new URL("odoo.mjs", import.meta.url).href, format: "module", shortCircuit: true };
    }
    return next(name, context);
}
