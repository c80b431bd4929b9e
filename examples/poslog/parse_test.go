package main

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

func transactionsOf(t testing.TB, file string) []transaction {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Lines that count are told with and without tax, weighed goods are one piece, and
// a voided line is none.
func TestSold(t *testing.T) {
	tx := transactionsOf(t, "day.xml")[0]
	got, err := tx.sold()
	if err != nil {
		t.Fatal(err)
	}
	want := &sale{
		Day: "DAY", numbers: numbers{"3", 1001}, Currency: "TRY", Operator: "7", Member: &memberNumber{"0532 123 45 67"},
		Lines:   []saleLine{{"8690504012345", 2, 11990, 9992, []string{"dairy"}}, {"2000123", 1, 8010, 8010, nil}},
		Tenders: []saleTender{{"cash", 20000}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What comes back goes to the sale it was bought with.
func TestReturned(t *testing.T) {
	tx := transactionsOf(t, "return.xml")[0]
	got, err := tx.returned()
	want := []comesBack{{ID: "3-1004-R1", Day: "DAY", Of: "DAY", Amount: 8010, numbers: numbers{"3", 1004}, Link: numbers{"3", 1001}, sale: "3-1001"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestMinor(t *testing.T) {
	for _, c := range []struct {
		text, code string
		want       int64
		says       string
	}{
		{"12.34", "EUR", 1234, ""}, {" 12 ", "EUR", 1200, ""}, {"12.3400", "EUR", 1234, ""}, {"-0.50", "EUR", -50, ""},
		{"12", "JPY", 12, ""}, {"12.00", "JPY", 12, ""}, {"1.234", "KWD", 1234, ""},
		{"12.345", "EUR", 0, "more than the 2 decimals"}, {"12,34", "EUR", 0, "no number"}, {"", "EUR", 0, "no number"},
		{"1e3", "EUR", 0, "no number"}, {"92233720368547758.08", "EUR", 0, "no number"}, {"1", "euro", 0, "ISO 4217"},
	} {
		got, err := minor(c.text, c.code)
		if got != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q %s: %d, %v, want %d and %q", c.text, c.code, got, err, c.want, c.says)
		}
	}
}

// Every file that ends in the middle is known for one, wherever it was cut: it may
// still be being written.
func TestUnfinished(t *testing.T) {
	text, err := os.ReadFile("testdata/day.xml")
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.TrimRight(string(text), "\n")
	for n := range len(whole) {
		if _, err := parse([]byte(whole[:n])); !errors.Is(err, errUnfinished) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"day.xml", "return.xml"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := parse(text)
		if err != nil {
			return
		}
		for _, tx := range all {
			if tx.Retail == nil {
				continue
			}
			sold, err := tx.sold()
			if err == nil && sold != nil {
				for _, line := range sold.Lines {
					if line.Extended < 0 || line.Net < 0 || line.Quantity < 1 {
						t.Errorf("line %+v", line)
					}
				}
			}
			_, _ = tx.returned()
		}
	})
}
