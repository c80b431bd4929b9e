package pages

import "strings"

// InWords is an amount, or the name of a unit alone, in the reader's language: a unit
// that is known in it ends what is said by its name there, any other by the program's.
func (f frame) InWords(amount string) string {
	amount = f.Grouped(amount)
	i := strings.LastIndexByte(amount, ' ') + 1
	id := "unit " + amount[i:]
	if !f.Has(id) {
		return amount
	}
	name, err := f.T(id)
	if err != nil {
		return amount
	}
	return amount[:i] + name
}
