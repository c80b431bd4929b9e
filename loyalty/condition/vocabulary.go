package condition

import (
	"cel.dev/cel-go/common/types"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// object is a kind of thing that has fields, as in "member".
type object struct {
	name   string // for people and for the library
	kind   *types.Type
	fields []field
}

func newObject(name string, fields ...field) *object {
	return &object{name, types.NewObjectType(name), fields}
}

// The words of the language. A field of them is read by a function of its own,
// so that no evaluation looks into a struct by reflection.
var (
	dayObject = newObject("day",
		number("year", func(d *Day) int64 { return int64(d.Year) }),
		number("month", func(d *Day) int64 { return int64(d.Month) }),
		number("day", func(d *Day) int64 { return int64(d.Day) }),
	)
	lineObject = newObject("line",
		text("sku", func(l *ledger.Line) string { return l.SKU }),
		number("net", func(l *ledger.Line) int64 { return int64(l.Net) }),
		number("gross", func(l *ledger.Line) int64 { return int64(l.Gross) }),
		number("quantity", func(l *ledger.Line) int64 { return l.Quantity }),
		texts("categories", func(l *ledger.Line) *[]string { return &l.Categories }),
	)
	tenderObject = newObject("tender",
		text("type", func(t *ledger.Tender) string { return t.Type }),
		number("amount", func(t *ledger.Tender) int64 { return int64(t.Amount) }),
	)
	basketObject = newObject("basket",
		number("net", func(b *Basket) int64 { return int64(b.Net) }),
		number("gross", func(b *Basket) int64 { return int64(b.Gross) }),
		items("lines", lineObject.kind, func(b *Basket) *[]ledger.Line { return &b.Lines }),
		items("tenders", tenderObject.kind, func(b *Basket) *[]ledger.Tender { return &b.Tenders }),
		texts("departments", func(b *Basket) *[]string { return &b.Departments }),
		text("partner", func(b *Basket) string { return b.Partner }),
	)
	memberObject = newObject("member",
		text("tier", func(m *Member) string { return m.Tier }),
		texts("statuses", func(m *Member) *[]string { return &m.Statuses }),
		texts("segments", func(m *Member) *[]string { return &m.Segments }),
		number("birth_month", func(m *Member) int64 { return int64(m.BirthMonth) }),
		reads("joined", dayObject.kind, func(m *Member) (any, error) { return &m.Joined, nil }),
		number("days", func(m *Member) int64 { return m.Days }),
		number("visits", func(m *Member) int64 { return m.Visits }),
		number("referrals", func(m *Member) int64 { return m.Referrals }),
	)
	eventObject = newObject("event",
		text("on", func(e *Event) string { return e.On }),
		text("name", func(e *Event) string { return e.Name }),
		text("ref", func(e *Event) string { return e.Ref }),
		number("value", func(e *Event) int64 { return e.Value }),
	)
	nowObject = newObject("now",
		number("year", func(n *Now) int64 { return int64(n.Year) }),
		number("month", func(n *Now) int64 { return int64(n.Month) }),
		number("day", func(n *Now) int64 { return int64(n.Day) }),
		number("weekday", func(n *Now) int64 { return int64(n.Weekday) }),
		number("hour", func(n *Now) int64 { return int64(n.Hour) }),
	)

	objects = []*object{basketObject, lineObject, tenderObject, memberObject, eventObject, nowObject, dayObject}
)

// variable is a word a condition may begin with.
type variable struct {
	name string
	kind *types.Type
}

var variables = []variable{
	{"basket", basketObject.kind},
	{"line", lineObject.kind},
	{"tender", tenderObject.kind},
	{"member", memberObject.kind},
	{"referrer", memberObject.kind},
	{"event", eventObject.kind},
	{"now", nowObject.kind},
	{"store", types.StringType},
}

var variableNames = namesOf(variables, func(v variable) string { return v.name })

// objectOf finds the object of a kind; nil for numbers, texts and lists.
func objectOf(kind *types.Type) *object {
	if kind == nil {
		return nil
	}
	return objectNamed(kind.TypeName())
}

// objectNamed finds an object; nil if there is none.
func objectNamed(name string) *object {
	for _, o := range objects {
		if o.name == name {
			return o
		}
	}
	return nil
}

// field finds a field; nil if there is none.
func (o *object) field(name string) *field {
	for i := range o.fields {
		if o.fields[i].name == name {
			return &o.fields[i]
		}
	}
	return nil
}

func (o *object) fieldNames() []string {
	return namesOf(o.fields, func(f field) string { return f.name })
}

func namesOf[T any](all []T, name func(T) string) []string {
	names := make([]string, len(all))
	for i, each := range all {
		names[i] = name(each)
	}
	return names
}
