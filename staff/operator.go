package staff

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Role is what an operator may do.
type Role string

// The roles.
const (
	Cashier Role = "cashier"
	Manager Role = "manager" // may also approve what a cashier may not do alone
)

// Operator is one who works here.
type Operator struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role Role   `json:"role"`
	// Phone is the store's keyed hash of her own number, as members are found
	// by; zero where she gave none.
	Phone ledger.KeyedHash `json:"phone,omitzero"`
}

const maxName = 60

func (o Operator) check() error {
	if o.ID == "-" || strings.Trim(o.ID, idLetters) != "" || o.ID == "" || len(o.ID) > 32 {
		return errors.New("an operator's id has 1 to 32 letters, digits, '-', '_' or '.'; \"-\" is nobody")
	}
	if o.Role != Cashier && o.Role != Manager {
		return fmt.Errorf("role %q: one of %s, %s", string(o.Role), Cashier, Manager)
	}
	name := strings.TrimSpace(o.Name)
	if name == "" || name != o.Name || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("an operator's name has 1 to %d letters", maxName)
	}
	return nil
}

const idLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
