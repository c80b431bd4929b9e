package ledger

import "strings"

// Person is what an attachment says, before encryption: who a suspect or new
// member is, or what she said of herself later. It never stands in a body, a log or an error.
type Person struct {
	Phone *Phone `json:"phone,omitempty"`
	Name  string `json:"name,omitempty"`
	Card  string `json:"card,omitempty"` // its number in the form it is hashed in
	// BirthMonth is 1 to 12; 0 where it is not known. Nobody needs the day.
	BirthMonth int `json:"birth_month,omitempty"`
	// PIN is the hash of the one that she set, as package pin writes it, without a key
	// over it: headquarters puts one over it for each store.
	PIN string `json:"pin,omitempty"`
	// Account is whom the terminal took her for, where her sale stands by itself
	// until she confirms it.
	Account AccountID `json:"account,omitzero"`
	// Member is who of that account it was, in whichever account she is since; zero
	// where nobody knew.
	Member MemberID `json:"member,omitzero"`
}

// Phone keeps what was typed beside what it was read as, because results
// depend on the version of the numbering plan.
type Phone struct {
	E164     string `json:"e164"`
	Raw      string `json:"raw"`
	Region   string `json:"region"`
	Metadata string `json:"metadata"`
}

// PhoneIdentifier and CardIdentifier are the kinds under which phone numbers
// and the numbers of member cards are hashed.
const (
	PhoneIdentifier = "phone"
	CardIdentifier  = "card"
)

// String masks itself.
func (Person) String() string { return "***" }

// GoString masks itself.
func (Person) GoString() string { return "***" }

// String masks itself.
func (Phone) String() string { return "***" }

// GoString masks itself.
func (Phone) GoString() string { return "***" }

// MaskName shortens a name to what a cashier needs to recognize and a copied
// file may tell: the first letter of each word.
func MaskName(name string) string {
	var b strings.Builder
	for i, word := range strings.Fields(name) {
		if i > 0 {
			b.WriteByte(' ')
		}
		for _, first := range word {
			b.WriteRune(first)
			break
		}
		b.WriteString("***")
	}
	return b.String()
}

// MaskPhone leaves the last four digits of a number.
func MaskPhone(e164 string) string {
	if len(e164) < 8 {
		return "***"
	}
	return "***" + e164[len(e164)-4:]
}

// MaskCard leaves the last four characters of a card's number, behind dots
// that tell it from a masked telephone number.
func MaskCard(number string) string {
	if len(number) < 8 {
		return "..."
	}
	return "..." + number[len(number)-4:]
}
