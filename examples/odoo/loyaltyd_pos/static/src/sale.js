/** @odoo-module **/
// An order of Odoo's POS as the till's API has a sale. Only the names of Odoo 18's
// pos.order are known here, no module of it.

// Odoo has amounts as floats that are rounded to the currency; the till has whole ones
// of its smallest unit.
export function minor(amount, decimals) {
    return Math.round(Number((amount * 10 ** decimals).toFixed(3)));
}

const TENDERS = { cash: "cash", bank: "card", pay_later: "account" };

// The basket of an order, without the lines that rewards made, of the product reward;
// null where it is no sale: goods that come back, or nothing.
export function basketOf(order, reward) {
    const decimals = order.currency.decimal_places;
    const all = order.lines
        .filter((line) => line.get_product() !== reward)
        .map((line) => ({
            line,
            extended: minor(line.get_price_with_tax(), decimals),
            net: minor(line.get_price_without_tax(), decimals),
        }));
    const goods = all.filter((one) => one.extended >= 0);
    const off = all.filter((one) => one.extended < 0); // the POS's own discounts
    if (goods.length === 0 || all.some((one) => one.line.refunded_orderline_id)) {
        return null;
    }
    for (const amount of ["extended", "net"]) {
        if (!spread(goods, amount, -sum(off, amount))) {
            return null;
        }
    }
    const basket = { currency_code: order.currency.name, line_items: goods.map(lineItem) };
    const phone = phoneOf(order);
    return phone ? { ...basket, member: { phone } } : basket;
}

// What is sent once it is paid; today is the POS's business day, 2026-11-27.
export function saleOf(order, reward, today) {
    const basket = basketOf(order, reward);
    if (!basket) {
        return null;
    }
    const hold = order.uiState.loyaltyd?.hold;
    return {
        business_day_date: today,
        ...basket,
        tenders: tenders(order),
        ...(hold ? { holds: [hold] } : {}),
    };
}

export function phoneOf(order) {
    const partner = order.get_partner();
    return (partner && (partner.phone || partner.mobile)) || "";
}

function lineItem({ line, extended, net }) {
    const product = line.get_product();
    const quantity = line.get_quantity();
    return {
        sku: String(product.default_code || product.id).slice(0, 64),
        quantity: Number.isInteger(quantity) && quantity > 0 ? quantity : 1,
        extended_amount: extended,
        net_amount: net,
        categories: (product.pos_categ_ids || []).map((category) => category.name).slice(0, 16),
    };
}

// What was paid, without what was given back, which is cash.
function tenders(order) {
    const decimals = order.currency.decimal_places;
    let change = minor(order.get_change(), decimals);
    return order.payment_ids
        .filter((payment) => !payment.is_change && payment.get_amount() > 0)
        .map((payment) => {
            const method = payment.payment_method_id;
            const paid = minor(payment.get_amount(), decimals);
            const back = method.type === "cash" ? Math.min(change, paid) : 0;
            change -= back;
            return { tender_type: TENDERS[method.type] || "other", amount: paid - back };
        });
}

const sum = (of, amount) => of.reduce((total, one) => total + one[amount], 0);

// Takes an amount off the lines by what each is of their sum, to the last unit; false
// where they are less than that.
function spread(goods, amount, off) {
    let left = sum(goods, amount);
    if (off > left) {
        return false;
    }
    for (const one of goods) {
        const part = left === 0 ? 0 : Math.round((off * one[amount]) / left);
        left -= one[amount];
        off -= part;
        one[amount] -= part;
    }
    return true;
}
