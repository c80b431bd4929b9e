package roster_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/roster"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

const source = `
program: test
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}, cash: {money: true}}
rules: [{id: base, on: sale, each: line, give: {points: 1/100, cash: 1/100}}]
`

func program(t testing.TB) *loyalty.Program {
	t.Helper()
	p, err := loyalty.Load([]byte(source), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// readAll reads a whole file; problems are in words.
func readAll(t testing.TB, file string) (rows []roster.Row, wrong []string, err error) {
	t.Helper()
	r, err := roster.NewReader(strings.NewReader(file), program(t), "TR")
	if err != nil {
		return nil, nil, err
	}
	for {
		row, problems, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, wrong, nil
		}
		if err != nil {
			return rows, wrong, err
		}
		for _, p := range problems {
			wrong = append(wrong, p.String())
		}
		if len(problems) == 0 {
			rows = append(rows, row)
		}
	}
}

// A file is read as spreadsheets write it, columns in any order, empty cells saying
// nothing.
func TestRead(t *testing.T) {
	for name, file := range map[string]string{
		"as RFC 4180 has it": "points,phone,name,joined,cash,birth_month,card\n1250,0532 123 45 67,\"Yılmaz, Ayşe\",2019-03-01,12.50,5,29123\n0,05321234568,,,,,\n",
		"as Excel's text":    " points \tphone\tname\tjoined\tcash\tbirth_month\tcard\r\n1250\t0532 123 45 67\t\"Yılmaz, Ayşe\"\t2019-03-01\t12,50\t5\t29123\r\n0\t05321234568\t\t\t\t\t\r\n",
		"with its comma":     "points;phone;name;joined;cash;birth_month;card\r\n1250;0532 123 45 67;Yılmaz, Ayşe;2019-03-01;12,50;5;29123\r\n0;05321234568;;;;;\r\n",
		"as Excel has it":    "\uFEFFpoints;phone;name;joined;cash;birth_month;card\r\n1250;0532 123 45 67;Yılmaz, Ayşe;2019-03-01;12.50;5;29123\r\n0;05321234568;;;;;\r\n",
	} {
		rows, wrong, err := readAll(t, file)
		if err != nil || len(wrong) > 0 || len(rows) != 2 {
			t.Fatalf("%s: %v, %v, %v", name, rows, wrong, err)
		}
		her := rows[0].Person
		if her.Phone.E164 != "+905321234567" || her.Name != "Yılmaz, Ayşe" || her.Card != "29123" || her.BirthMonth != 5 {
			t.Errorf("%s: another person", name)
		}
		want := []loyalty.Amount{{Unit: "points", Amount: 1250}, {Unit: "cash", Amount: 1250}}
		if diff := cmp.Diff(want, rows[0].Amounts); diff != "" || rows[0].Joined != "2019-03-01" || rows[0].Line != 2 {
			t.Errorf("%s: row %d, %s, joined %s", name, rows[0].Line, diff, rows[0].Joined)
		}
		if len(rows[1].Amounts) != 0 || rows[1].EarnedOn != "" || rows[1].Line != 3 {
			t.Errorf("%s: the second says something", name)
		}
	}
}

// All that is wrong is told, by the line it begins in, and no number, name or card
// is quoted.
func TestWrongLines(t *testing.T) {
	_, wrong, err := readAll(t, strings.Join([]string{
		"phone,card,name,birth_month,joined,points,cash",
		"0532 99,12-34,\x01,13,1.2.2019,12.5,1250",
		"0532 123 45 67,,\"two\nlines\",,,-4,.50",
		"0532 123 45 68,,,",
		"0532 123 45 69,,\"quo\"te\",,,,",
		"0532 123 45 70,,,0,2019-02-30,99999999999999999999,12.5",
		"0532 123 45 71,,\xff,,,,",
		"",
		",,,,,,",
	}, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"line 2, phone: the number is too short: key it with its area or network code",
		"line 2, card: a card's number has letters and digits",
		"line 2, name: not a name",
		`line 2, birth_month: "13": write a month as 1 to 12`,
		`line 2, joined: "1.2.2019": write a date as 2026-11-22`,
		`line 2, points: "12.5": write whole units, as in 1250`,
		`line 2, cash: "1250": write money with its decimals, as in 12.50`,
		`line 3, points: "-4": what a member owes stays with the system that it came from: leave the cell empty`,
		`line 3, cash: ".50": write money with its decimals, as in 12.50`,
		"line 5: it has 4 columns, the header has 7",
		"line 6: a cell that begins with a quote does not end with one: close it, and write one within it twice",
		`line 7, birth_month: "0": write a month as 1 to 12`,
		`line 7, joined: "2019-02-30": write a date as 2026-11-22`,
		`line 7, points: "99999999999999999999": write whole units, as in 1250`,
		`line 7, cash: "12.5": write money with its decimals, as in 12.50`,
		"line 8, name: it is not in UTF-8: save the file as “CSV UTF-8”",
		"line 10, phone: it is empty: members are found by their numbers",
	}
	if diff := cmp.Diff(want, wrong); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Where the comma stands between columns it is no decimal point, and thousands are
// never set apart.
func TestAmounts(t *testing.T) {
	for file, good := range map[string]bool{
		"phone;cash\n05321234567;12,50\n": true, "phone;cash\n05321234567;12.50\n": true, "phone,cash\n05321234567,12.50\n": true,
		"phone,cash\n05321234567,\"12,50\"\n": false, "phone;cash\n05321234567;1.250,00\n": false, "phone;cash\n05321234567;1,250\n": false,
		"phone;cash\n05321234567;-12,50\n": false, "phone;points\n05321234567;1.250\n": false, "phone;points\n05321234567;1 250\n": false,
	} {
		rows, wrong, err := readAll(t, file)
		if err != nil || good != (len(wrong) == 0) || good && rows[0].Amounts[0].Amount != 1250 {
			t.Errorf("%q: %v, %v, %v", file, rows, wrong, err)
		}
	}
}

// A header that is not understood is refused, with the name that was meant.
func TestHeader(t *testing.T) {
	for file, want := range map[string]string{
		"phone,pionts\n":        `column "pionts": is not known: did you mean "points"?`,
		"phone,shoe_size\n":     `phone, card, name, birth_month, joined, earned_on, points or cash`,
		"phone,points,points\n": `column "points": stands twice`,
		"name\n":                `column "phone": is missing`,
		"":                      "the file is empty",
		"phone,points,\n":       "line 1: column 3 has no name: take it out",
		"phone,n\xe2me\n":       "save the file as “CSV UTF-8”",
		"\xff\xfep\x00h\x00":    "save the file as “CSV UTF-8”",
		"phone,na\"me\n":        `a quote stands within a cell`,
		"p\x00h\x00o\x00":       "line 1: it is not in UTF-8",
		"PK\x03\x04\x14\x00\"":  "line 1: it is not in UTF-8",

		"phone,points\r05321234567,5\r": "line 1: its lines end in CR alone",
		"05321234567,Fatma\n":           "line 1: it names no columns: write phone, card, name, birth_month, joined, earned_on, points or cash above",
	} {
		if _, _, err := readAll(t, file); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "5321234567") {
			t.Errorf("%q: %v, want %q", file, err, want)
		}
	}
}

// A quote that is never closed ends the file there, and does not take all of it
// into memory.
func TestOpenQuote(t *testing.T) {
	file := "phone,name\n05321234567,\"" + strings.Repeat("a", 1<<20)
	if _, _, err := readAll(t, file); err == nil || !strings.Contains(err.Error(), "is a quote not closed?") {
		t.Errorf("%v", err)
	}
}

// FuzzRead: no file brings the reader down; each row has a number, and what it
// brings is above zero.
func FuzzRead(f *testing.F) {
	f.Add("phone,points\n05321234567,5\n")
	f.Add("phone;cash\r\n05321234567;5.00\r\n")
	f.Fuzz(func(t *testing.T, file string) {
		rows, _, _ := readAll(t, file)
		for _, row := range rows {
			if row.Person.Phone == nil {
				t.Errorf("line %d has no number", row.Line)
			}
			for _, a := range row.Amounts {
				if a.Amount <= 0 {
					t.Errorf("line %d brings %d", row.Line, a.Amount)
				}
			}
		}
	})
}

// What is printed of a row by mistake tells nobody.
func TestRowMasks(t *testing.T) {
	rows, _, err := readAll(t, "phone,name,card\n05321234567,Fatma,29123\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		text := fmt.Sprintf(verb, rows[0])
		for _, word := range []string{"5321234567", "Fatma", "29123"} {
			if strings.Contains(text, word) {
				t.Errorf("%s tells %q", verb, word)
			}
		}
	}
}
