package roster

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

const notUTF8 = "it is not in UTF-8: save the file as “CSV UTF-8”"

// maxCard is how many letters and digits a card's number may have.
const maxCard = 64

// read takes a cell into a row, or says what is wrong with it. An empty cell says
// nothing of her.
func (r *Reader) read(row *Row, column, cell string) (problem string) {
	if !utf8.ValidString(cell) {
		return notUTF8
	}
	if cell == "" && column != phoneColumn {
		return ""
	}
	switch column {
	case phoneColumn:
		return r.readPhone(row, cell)
	case cardColumn:
		return readCard(row, cell)
	case nameColumn:
		return readName(row, cell)
	case monthColumn:
		return readMonth(row, cell)
	case joinedColumn:
		return readDate(&row.Joined, cell)
	case earnedOnColumn:
		return readDate(&row.EarnedOn, cell)
	}
	return r.readAmount(row, ledger.Unit(column), cell)
}

func (r *Reader) readPhone(row *Row, cell string) string {
	number, err := phone.Parse(cell, r.region)
	if errors.Is(err, phone.ErrEmpty) {
		return "it is empty: members are found by their numbers"
	}
	if err != nil {
		return err.Error()
	}
	row.Person.Phone = checkout.PersonOf(number).Phone
	return ""
}

func readCard(row *Row, cell string) string {
	for _, c := range cell {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "a card's number has letters and digits"
		}
	}
	if len(cell) > maxCard {
		return fmt.Sprintf("a card's number has at most %d letters and digits", maxCard)
	}
	row.Person.Card = cell
	return ""
}

func readName(row *Row, cell string) string {
	name, err := checkout.CleanName(cell)
	if err != nil {
		return err.Error()
	}
	row.Person.Name = name
	return ""
}

func readMonth(row *Row, cell string) string {
	month, err := strconv.Atoi(cell)
	if err != nil || month < 1 || month > 12 {
		return fmt.Sprintf("%q: write a month as 1 to 12", cell)
	}
	row.Person.BirthMonth = month
	return ""
}

func readDate(into *ledger.Date, cell string) string {
	day, err := ledger.ParseDate(cell)
	if err != nil {
		return fmt.Sprintf("%q: write a date as 2026-11-22", cell)
	}
	*into = day
	return ""
}

// readAmount takes units as they are counted, and those that are money with all
// decimals of the currency: 1250 could be either. Where a comma does not stand
// between columns it may be the decimal point.
func (r *Reader) readAmount(row *Row, unit ledger.Unit, cell string) string {
	digits, form := cell, "whole units, as in 1250"
	if _, money := r.program.Amounts().Money(unit, 0); money {
		decimals := r.program.Currency().Digits()
		form = "money with its decimals, as in " + r.program.Currency().Format(1250)
		point := "."
		if r.rows.Comma != ',' && strings.Contains(cell, ",") {
			point = ","
		}
		if whole, part, _ := strings.Cut(cell, point); decimals > 0 {
			if whole == "" || len(part) != decimals {
				return fmt.Sprintf("%q: write %s", cell, form)
			}
			digits = whole + part
		}
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if strings.HasPrefix(cell, "-") {
		return fmt.Sprintf("%q: what a member owes stays with the system that it came from: leave the cell empty", cell)
	}
	if err != nil {
		return fmt.Sprintf("%q: write %s", cell, form)
	}
	if n > 0 {
		row.Amounts = append(row.Amounts, loyalty.Amount{Unit: unit, Amount: ledger.Points(n)})
	}
	return ""
}
