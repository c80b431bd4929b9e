package ledger

import "fmt"

// Record is an entry on its way into a journal, with what is written beside
// it in the same transaction.
type Record struct {
	Entry *Entry
	Body  []byte // what Entry.Encode returned
	// Attachment is the ciphertext whose SHA-256 the entry names.
	Attachment []byte
	// Identifier is how the terminal finds the member of an enroll or profile
	// until the feed brings it.
	Identifier *Identifier
	// Name is what may be shown of the name a profile gives, until the feed
	// brings it (MaskName); empty where it gives none.
	Name string
	// PIN is the hash of the one that a profile sets, as its attachment has it; empty
	// where it sets none.
	PIN string
	// Request is a keyed hash of the request that asked for a sale, return or
	// void: the same request again gets the same answer, another one a conflict.
	Request Hash
	// Named is whom a sale is made for that stands by itself until she confirms
	// it; zero where that is not known here.
	Named AccountID
}

// Identifier is a way to find a member: its kind, its value in the one form
// it is hashed in (E.164 for a phone), and what may be shown of it.
type Identifier struct {
	Kind  string
	Value string
	Mask  string
}

// String masks itself.
func (i Identifier) String() string { return i.Kind + " " + i.Mask }

// GoString masks itself.
func (i Identifier) GoString() string { return i.String() }

// SaleExists says that a sale, return or void of this id stands in the journal
// on this business day; the caller compares Request and answers from Body, or
// tells the conflict.
type SaleExists struct {
	Entry   EntryID
	Request Hash
	Body    []byte // nil where it was pruned
}

func (e *SaleExists) Error() string { return fmt.Sprintf("sale is already entry %s", e.Entry) }

// Hold is a reward set aside for an open sale: what it takes of which rights.
type Hold struct {
	ID      HoldID
	Sale    string // the sale_id it is for
	Account AccountID
	Program string
	Unit    Unit
	Reward  string
	Amount  Points
	At      Millis
	// Uses are set aside beside the amount: what the reward draws on limits that
	// terminals share. A hold that is read again has them among its parts.
	Uses  []Need
	Parts []RightShare
	// Terms are those of the voucher it sets aside; nil of points, and of a
	// voucher that an earlier release set aside.
	Terms *LotTerms
	// Own says that nobody but the process that places it has its id: it ends with
	// that. It is not read again.
	Own bool
}

// RightShare is an amount of one right, in its unit.
type RightShare struct {
	Right  RightID
	Unit   Unit
	Amount Points
}

// Holds returns how much of a unit the hold has set aside.
func (h Hold) Holds(unit Unit) (sum Points) {
	for _, part := range h.Parts {
		if part.Unit == unit {
			sum += part.Amount // within the rights' amounts
		}
	}
	return sum
}

// SoldTo is a sale to a member, as far as it says who sold it to whom.
type SoldTo struct {
	At       Millis
	Operator string
	Account  AccountID
}
