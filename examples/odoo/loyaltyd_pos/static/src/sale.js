/** @odoo-module **/
// An order of Odoo's POS as the till's API has a sale. Only the names of Odoo 18's
// pos.order are known here, no module of it.

// Odoo has amounts as floats that are rounded to the currency; the till has whole ones
// of its smallest unit.
export function minor(amount, decimals) {
    return Math.round(Number((amount * 10 ** decimals).toFixed(3)));
}

const TENDERS = { cash: "cash", bank: "card", pay_later: "account" };

// The basket of an order, without what comes back and the lines that rewards made, of
// the product reward; null where it sells nothing.
export function basketOf(order, reward) {
    const goods = goodsOf(order, reward);
    if (!goods) {
        return null;
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
        // What was paid beside goods that came back is the difference: of which the till
        // would not know what it paid for.
        ...(order.lines.some(cameBack) ? {} : { tenders: tenders(order) }),
        ...(hold ? { holds: [hold] } : {}),
    };
}

const cameBack = (line) => line.refunded_orderline_id;
const soldIn = (line) => line.refunded_orderline_id.order_id;

// What comes back in an order, for each order that sold it: the id of its sale, what is
// sent, and what Odoo pays back for it. dayOf is the business day of an order.
export function returnsOf(order, reward, dayOf) {
    const sales = new Map(order.lines.filter(cameBack).map((line) => [soldIn(line).uuid, soldIn(line)]));
    return [...sales.values()]
        .map((sale, i) => {
            const lines = order.lines.filter((line) => cameBack(line) && soldIn(line).uuid === sale.uuid);
            const goods = goodsOf(sale, reward) || [];
            return {
                sale: sale.uuid,
                paid: -minor(lines.reduce((total, line) => total + line.get_price_with_tax(), 0), order.currency.decimal_places),
                body: {
                    business_day_date: dayOf(sale),
                    return_id: `${order.uuid}.${i + 1}`,
                    return_business_day_date: dayOf(order),
                    line_items: lines.map((line) => returnedLine(line, goods)).filter(Boolean),
                },
            };
        })
        .filter(({ body }) => body.line_items.length > 0);
}

// A line that comes back by its place in what the till was told: in whole pieces, or of
// what is weighed as the share of its price. The POS's own discounts have no place, and
// rewards neither: the till knows what was paid with them.
function returnedLine(line, goods) {
    const sold = line.refunded_orderline_id;
    const place = goods.findIndex((one) => one.line.uuid === sold.uuid);
    const [of, back] = [sold.get_quantity(), -line.get_quantity()];
    if (place < 0 || back <= 0) {
        return null;
    }
    if (Number.isInteger(of) && Number.isInteger(back)) {
        return { line: place, quantity: back };
    }
    return { line: place, extended_amount: Math.round((goods[place].extended * back) / of) };
}

export function phoneOf(order) {
    const partner = order.get_partner();
    return (partner && (partner.phone || partner.mobile)) || "";
}

// The goods of an order with what is charged for them, the POS's own discounts taken
// off; null where it sells none.
function goodsOf(order, reward) {
    const decimals = order.currency.decimal_places;
    const all = order.lines
        .filter((line) => line.get_product() !== reward && !cameBack(line))
        .map((line) => ({
            line,
            extended: minor(line.get_price_with_tax(), decimals),
            net: minor(line.get_price_without_tax(), decimals),
        }));
    const goods = all.filter((one) => one.extended >= 0);
    const off = all.filter((one) => one.extended < 0);
    if (goods.length === 0 || !["extended", "net"].every((amount) => spread(goods, amount, -sum(off, amount)))) {
        return null;
    }
    return goods;
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
