// Package roster reads a file of members and what they have, as an earlier system
// exports it: CSV by RFC 4180, a line a member. It knows what is wrong with a line
// by itself; whether headquarters knows her is left to headquarters. What it says
// is wrong quotes no number, name or card.
package roster

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/internal/advice"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// The columns beside those of units.
const (
	phoneColumn    = "phone"
	cardColumn     = "card"
	nameColumn     = "name"
	monthColumn    = "birth_month"
	joinedColumn   = "joined"
	earnedOnColumn = "earned_on"
)

var personal = []string{phoneColumn, cardColumn, nameColumn, monthColumn, joinedColumn, earnedOnColumn}

// maxRow bounds a row, in bytes: a quote that is never closed must not take in the
// rest of a file.
const maxRow = 64 << 10

// Row is a member as a file has her.
type Row struct {
	Line     int // of the file, from 1; that of the header is 1
	Person   ledger.Person
	Joined   ledger.Date // empty where the file does not say, as the next
	EarnedOn ledger.Date
	Amounts  []loyalty.Amount // above zero
}

// Problem is what is wrong in a line.
type Problem struct {
	Line   int    `json:"line"`
	Column string `json:"column,omitempty"`
	Text   string `json:"problem"`
}

func (p Problem) String() string {
	if p.Column == "" {
		return fmt.Sprintf("line %d: %s", p.Line, p.Text)
	}
	return fmt.Sprintf("line %d, %s: %s", p.Line, p.Column, p.Text)
}

// Reader reads rows one after the other and keeps none.
type Reader struct {
	program *loyalty.Program
	region  string
	rows    *csv.Reader
	bound   *bounded
	columns []string
}

// NewReader reads a file's header. Units are the program's, numbers are read in a
// region. Its error is a HeaderError where a column is not known.
func NewReader(file io.Reader, program *loyalty.Program, region string) (*Reader, error) {
	bound := &bounded{file: file, left: maxRow}
	text := bufio.NewReader(bound)
	separator, err := begin(text)
	if err != nil {
		return nil, err
	}
	r := &Reader{program: program, region: region, rows: csv.NewReader(text), bound: bound}
	r.rows.Comma, r.rows.ReuseRecord = separator, true
	header, err := r.rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: its first line names the columns, phone among them")
	}
	if err != nil {
		return nil, fmt.Errorf("read header: %w", plainly(err))
	}
	for _, column := range header {
		r.columns = append(r.columns, strings.TrimSpace(column))
	}
	return r, r.checkHeader()
}

// begin steps over the mark that spreadsheets put before UTF-8, and tells by the
// header what stands between columns: they write semicolons where the decimal
// point is a comma, and tabs as “text”.
func begin(text *bufio.Reader) (separator rune, err error) {
	if mark, err := text.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = text.Discard(len(mark)) // they are there
	}
	start, err := text.Peek(1024)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read header: %w", err)
	}
	if bytes.IndexByte(start, 0) >= 0 { // UTF-16, or a spreadsheet's own format
		return 0, errors.New("line 1: " + notUTF8)
	}
	header, _, _ := bytes.Cut(start, []byte("\n"))
	if bytes.IndexByte(bytes.TrimSuffix(header, []byte("\r")), '\r') >= 0 {
		return 0, errors.New("line 1: its lines end in CR alone, as old Macs write them: save the file as “CSV UTF-8”")
	}
	for _, separator := range ",;\t" {
		if bytes.ContainsRune(header, separator) {
			return separator, nil
		}
	}
	return ',', nil
}

// HeaderError says what is wrong with a header: nothing else can be read then.
type HeaderError struct{ Column, Problem string }

func (e *HeaderError) Error() string {
	if e.Column == "" {
		return "line 1: " + e.Problem
	}
	return fmt.Sprintf("line 1, column %q: %s", e.Column, e.Problem)
}

func (r *Reader) checkHeader() error {
	known := slices.Clone(personal)
	for _, unit := range r.program.Units() {
		known = append(known, string(unit))
	}
	if !slices.ContainsFunc(r.columns, func(c string) bool { return advice.Nearest(c, known) != "" || !utf8.ValidString(c) }) {
		return &HeaderError{"", "it names no columns: write " + advice.OneOf(known) + " above what members have"}
	}
	for i, column := range r.columns {
		switch {
		case !utf8.ValidString(column):
			return &HeaderError{column, notUTF8}
		case column == "":
			return &HeaderError{column, fmt.Sprintf("column %d has no name: take it out, also where it looks empty", i+1)}
		case !slices.Contains(known, column):
			return &HeaderError{column, "is not known" + advice.Write(column, known)}
		case slices.Contains(r.columns[:i], column):
			return &HeaderError{column, "stands twice"}
		}
	}
	if !slices.Contains(r.columns, phoneColumn) {
		return &HeaderError{phoneColumn, "is missing: members are found by their numbers"}
	}
	return nil
}

// Next returns the next row, or all that is wrong with it. Its error is io.EOF
// behind the last one.
func (r *Reader) Next() (row Row, wrong []Problem, err error) {
	r.bound.left = maxRow
	cells, err := r.rows.Read()
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		if errors.Is(err, csv.ErrFieldCount) {
			return row, []Problem{{broken.StartLine, "", fmt.Sprintf("it has %d columns, the header has %d", len(cells), len(r.columns))}}, nil
		}
		return row, []Problem{{broken.StartLine, "", quoted(broken.Err)}}, nil
	}
	if err != nil {
		return row, nil, err
	}
	row.Line, _ = r.rows.FieldPos(0)
	for i, cell := range cells {
		if problem := r.read(&row, r.columns[i], strings.TrimSpace(cell)); problem != "" {
			wrong = append(wrong, Problem{row.Line, r.columns[i], problem})
		}
	}
	return row, wrong, nil
}

// quoted says what is wrong with a row's quotes.
func quoted(err error) string {
	if errors.Is(err, csv.ErrBareQuote) {
		return `a quote stands within a cell: write the cell in quotes, and the one in it twice, as in "a ""b"" c"`
	}
	return "a cell that begins with a quote does not end with one: close it, and write one within it twice"
}

// plainly is an error of the CSV reader without its own numbers of lines.
func plainly(err error) error {
	if broken, ok := errors.AsType[*csv.ParseError](err); ok {
		return errors.New(quoted(broken.Err))
	}
	return err
}

// bounded reads a file as long as rows are of a length.
type bounded struct {
	file io.Reader
	left int
}

var errLongRow = fmt.Errorf("a row is longer than %d bytes: is a quote not closed?", maxRow)

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongRow
	}
	n, err := b.file.Read(p)
	b.left -= n
	return n, err
}
