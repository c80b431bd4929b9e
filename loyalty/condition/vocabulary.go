package condition

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// object is a kind of thing that has fields, as in "member".
type object struct {
	name   string // for people and for the library
	kind   *types.Type
	fields []field
}

// field is one word behind the dot.
type field struct {
	name string
	kind *types.FieldType
}

// The words of the language. A field of them is read by a function of its own,
// so that no evaluation looks into a struct by reflection.
var (
	dayObject = object{"day", types.NewObjectType("day"), []field{
		number("year", func(d *Day) int64 { return int64(d.Year) }),
		number("month", func(d *Day) int64 { return int64(d.Month) }),
		number("day", func(d *Day) int64 { return int64(d.Day) }),
	}}
	lineObject = object{"line", types.NewObjectType("line"), []field{
		text("sku", func(l *ledger.Line) string { return l.SKU }),
		number("net", func(l *ledger.Line) int64 { return int64(l.Net) }),
		number("gross", func(l *ledger.Line) int64 { return int64(l.Gross) }),
		number("quantity", func(l *ledger.Line) int64 { return l.Quantity }),
		texts("categories", func(l *ledger.Line) *[]string { return &l.Categories }),
	}}
	tenderObject = object{"tender", types.NewObjectType("tender"), []field{
		text("type", func(t *ledger.Tender) string { return t.Type }),
		number("amount", func(t *ledger.Tender) int64 { return int64(t.Amount) }),
	}}
	basketObject = object{"basket", types.NewObjectType("basket"), []field{
		number("net", func(b *Basket) int64 { return int64(b.Net) }),
		number("gross", func(b *Basket) int64 { return int64(b.Gross) }),
		reads("lines", types.NewListType(lineObject.kind), func(b *Basket) any { return lineList(&b.Lines) }),
		reads("tenders", types.NewListType(tenderObject.kind), func(b *Basket) any { return tenderList(&b.Tenders) }),
		texts("departments", func(b *Basket) *[]string { return &b.Departments }),
		text("partner", func(b *Basket) string { return b.Partner }),
	}}
	memberObject = object{"member", types.NewObjectType("member"), []field{
		text("tier", func(m *Member) string { return m.Tier }),
		texts("statuses", func(m *Member) *[]string { return &m.Statuses }),
		texts("segments", func(m *Member) *[]string { return &m.Segments }),
		number("birth_month", func(m *Member) int64 { return int64(m.BirthMonth) }),
		reads("joined", dayObject.kind, func(m *Member) any { return &m.Joined }),
		number("days", func(m *Member) int64 { return m.Days }),
		number("visits", func(m *Member) int64 { return m.Visits }),
		number("referrals", func(m *Member) int64 { return m.Referrals }),
	}}
	eventObject = object{"event", types.NewObjectType("event"), []field{
		text("on", func(e *Event) string { return e.On }),
		text("name", func(e *Event) string { return e.Name }),
		text("ref", func(e *Event) string { return e.Ref }),
		number("value", func(e *Event) int64 { return e.Value }),
	}}
	nowObject = object{"now", types.NewObjectType("now"), []field{
		number("year", func(n *Now) int64 { return int64(n.Year) }),
		number("month", func(n *Now) int64 { return int64(n.Month) }),
		number("day", func(n *Now) int64 { return int64(n.Day) }),
		number("weekday", func(n *Now) int64 { return int64(n.Weekday) }),
		number("hour", func(n *Now) int64 { return int64(n.Hour) }),
	}}

	objects = []*object{&basketObject, &lineObject, &tenderObject, &memberObject, &eventObject, &nowObject, &dayObject}
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

// objectOf finds the object of a kind; nil for numbers, texts and lists.
func objectOf(kind *types.Type) *object {
	for _, o := range objects {
		if kind != nil && o.kind.TypeName() == kind.TypeName() {
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
	names := make([]string, len(o.fields))
	for i, f := range o.fields {
		names[i] = f.name
	}
	return names
}

func variableNames() []string {
	names := make([]string, len(variables))
	for i, v := range variables {
		names[i] = v.name
	}
	return names
}

func number[T any](name string, get func(*T) int64) field {
	return reads(name, types.IntType, func(of *T) any { return types.Int(get(of)) })
}

func text[T any](name string, get func(*T) string) field {
	return reads(name, types.StringType, func(of *T) any { return types.String(get(of)) })
}

func texts[T any](name string, get func(*T) *[]string) field {
	return reads(name, types.NewListType(types.StringType), func(of *T) any { return textList(get(of)) })
}

// reads makes a field of a getter. The type check has seen to it that the
// library asks a field only of its own object.
func reads[T any](name string, kind *types.Type, get func(*T) any) field {
	return field{name, &types.FieldType{
		Type:    kind,
		IsSet:   func(any) bool { return true },
		GetFrom: ref.FieldGetter(func(of any) (any, error) { return get(of.(*T)), nil }),
	}}
}
