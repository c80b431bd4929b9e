package route

import (
	"fmt"
	"io"
)

// Kind is what a scan is.
type Kind int

// The kinds of scans.
const (
	Unknown Kind = iota
	Card         // the number of a member card
	Phone        // a telephone number
	Receipt      // the number on one of our receipts
	Claim        // the code on a receipt without a member
	Friend       // a member's, which she gives to friends
	Badge        // an operator's
	App          // what a member's app shows
	Coupon       // a coupon of a maker or the shop: the POS's business
	Product      // an article, or what else the POS knows: its business
)

// String names the kind.
func (k Kind) String() string {
	return [...]string{"unknown code", "card", "phone", "receipt", "claim", "friend", "badge", "app", "coupon", "product"}[k]
}

// MarshalText encodes the name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// IsPOS reports whether the kind is the POS's business rather than ours.
func (k Kind) IsPOS() bool { return k == Coupon || k == Product }

// Code is a routed scan. However it is printed it shows its kind alone.
type Code struct {
	Kind Kind
	// Value is the card's or receipt's number, the id of the badge's operator, the receipt's, the
	// friend's or the app's code, the phone number to parse, the article's or coupon's number;
	// empty where the scan is unknown, or is the POS's in a way that has no number.
	Value string
	// Why says which rule decided, for people; it has nothing of the scan.
	Why string
	// Fault is what is wrong with a scan that is unknown.
	Fault Fault
}

// Fault is what a cashier is told of a scan that is nothing we know.
type Fault int

// The faults. The zero value is none.
const (
	NotKnown   Fault = iota + 1
	WebPage          // somebody's, not a card
	WrongCheck       // digit
)

func known(kind Kind, value, why string) Code { return Code{Kind: kind, Value: value, Why: why} }

func unknown(fault Fault, why string) Code { return Code{Why: why, Fault: fault} }

// String names the kind.
func (c Code) String() string { return c.Kind.String() }

// Format prints the same whatever the verb.
func (c Code) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }
