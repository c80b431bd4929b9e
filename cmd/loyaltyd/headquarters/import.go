package headquarters

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"slices"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/roster"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ImportRequest asks headquarters to take in a file of members, which follows it
// in the body: one line of JSON, then the file.
type ImportRequest struct {
	Program string `json:"program,omitempty"` // where the chain has several
	// Try looks at all of it and changes nothing.
	Try  bool        `json:"try"`
	File ledger.Hash `json:"file"` // SHA-256 of it
	// Manager lets it be, by her PIN.
	Manager string `json:"manager,omitempty"`
	PIN     string `json:"pin,omitempty"`
}

// Imported is what became of a file, or would.
type Imported struct {
	File  ledger.Hash      `json:"file"`
	Tried bool             `json:"tried"` // nothing was changed
	Lines int              `json:"lines"` // without the header
	New   int              `json:"new"`
	Known int              `json:"known"`
	Stood int              `json:"imported_before"`
	Units []importedUnit   `json:"units"` // of those that are new or known
	Wrong []roster.Problem `json:"problems"`
	// More are problems beyond the first maxProblems.
	More int `json:"more_problems,omitempty"`
}

type importedUnit struct {
	Unit   ledger.Unit   `json:"unit"`
	Amount ledger.Points `json:"amount"`
	Words  string        `json:"words"`
}

const (
	// ImportChunk are lines that are taken in at once: tills wait for no more.
	ImportChunk = 1000
	// Lines are read some ahead, to be taken in in the order that is quick (hq's Order):
	// a quarter of what was read before, so that however many there are a page gets
	// several at once, within these bounds. The asker's progress goes by what was read.
	leastAhead, mostAhead = 10_000, 200_000
	// maxImport bounds the lines of a file: their numbers are kept as hashes, some
	// 50 bytes each, to find those that stand twice.
	maxImport = 4_000_000
	// maxProblems are told one by one.
	maxProblems = 100_000
)

// ImportRoutes are what headquarters is asked about files of members: a manager of
// its folder says yes to each that is not only tried.
func ImportRoutes(running func() (*Local, error), managers *operators.Desk) desk.Routes {
	return desk.Routes{"POST /hq/import": func(r *http.Request) (any, error) {
		// What is not read of the file would keep the asker from the answer.
		defer func() { _, _ = io.Copy(io.Discard, r.Body) }()
		h, err := running()
		if err != nil {
			return nil, err
		}
		body := bufio.NewReader(r.Body)
		var asked ImportRequest
		head, err := body.ReadBytes('\n')
		if err == nil {
			err = ledger.DecodeJSON(head, &asked)
		}
		if err != nil {
			return nil, exit.Fail(exit.Usage, "", fmt.Errorf("read what was asked: %w", err))
		}
		if !asked.Try {
			if err := managers.Approves(asked.Manager, asked.PIN); err != nil {
				return nil, err
			}
		}
		return h.importFile(r.Context(), asked, body)
	}}
}

// importer takes a file in, chunk by chunk.
type importer struct {
	*Local
	file    hq.ImportFile
	try     bool
	program *loyalty.Program
	rows    *roster.Reader
	seen    map[[16]byte]int // lines by keyed hashes of their numbers and cards
	sums    map[ledger.Unit]ledger.Points
	out     Imported
}

func (h *Local) importFile(ctx context.Context, asked ImportRequest, file io.Reader) (Imported, error) {
	program, err := h.programNamed(asked.Program)
	if err != nil {
		return Imported{}, err
	}
	whole := sha256.New()
	rows, err := roster.NewReader(io.TeeReader(file, whole), program, h.config.Region)
	if err != nil {
		return Imported{}, exit.Fail(exit.Data, "", err)
	}
	i := &importer{
		Local: h, program: program, rows: rows, try: asked.Try,
		file: hq.ImportFile{Hash: asked.File, Program: program.Ref().ID, Operator: asked.Manager},
		seen: map[[16]byte]int{}, sums: map[ledger.Unit]ledger.Points{},
		out: Imported{Tried: asked.Try, Units: []importedUnit{}, Wrong: []roster.Problem{}},
	}
	if err := i.read(ctx); err != nil {
		return i.out, importFailure(err)
	}
	return i.out, i.end(whole)
}

func importFailure(err error) error {
	switch {
	case errors.Is(err, hq.ErrRestoring):
		return exit.Fail(exit.Unavailable, "see `loyaltyd hq restored`, and import it then", err)
	case errors.Is(err, context.Canceled):
		return exit.Fail(exit.Unavailable, "import the same file again: what was taken in stays, once", err)
	}
	return err
}

// read goes over all lines.
func (i *importer) read(ctx context.Context) error {
	var ahead []hq.ImportLine
	for {
		row, wrong, err := i.rows.Next()
		if errors.Is(err, io.EOF) {
			return i.takeAll(ctx, ahead)
		}
		if err != nil {
			return exit.Fail(exit.Data, "", fmt.Errorf("read line %d: %w", i.out.Lines+2, err))
		}
		if i.out.Lines++; i.out.Lines > maxImport {
			return exit.Fail(exit.Data, "split it", fmt.Errorf("a file has up to %d lines", maxImport))
		}
		if wrong = append(wrong, i.twice(row)...); len(wrong) > 0 {
			i.refuse(wrong...)
			continue
		}
		ahead = append(ahead, hq.ImportLine{
			Line: row.Line, Person: row.Person, Joined: row.Joined, EarnedOn: row.EarnedOn, Amounts: row.Amounts,
		})
		if len(ahead) >= min(max(leastAhead, i.out.Lines/5), mostAhead) {
			if err := i.takeAll(ctx, ahead); err != nil {
				return err
			}
			ahead = ahead[:0]
		}
	}
}

// takeAll takes in lines that were read ahead, chunk by chunk.
func (i *importer) takeAll(ctx context.Context, ahead []hq.ImportLine) error {
	i.file.Order(ahead)
	for chunk := range slices.Chunk(ahead, ImportChunk) {
		if err := i.take(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

// twice finds a number or card that a line before has.
func (i *importer) twice(row roster.Row) (wrong []roster.Problem) {
	look := func(column, value string) {
		var key [16]byte
		sum := i.Keyed("import "+column, []byte(value))
		copy(key[:], sum[:])
		if before := i.seen[key]; before > 0 {
			wrong = append(wrong, roster.Problem{Line: row.Line, Column: column, Text: fmt.Sprintf("line %d has it too", before)})
			return
		}
		i.seen[key] = row.Line
	}
	if row.Person.Phone != nil {
		look("phone", row.Person.Phone.E164)
	}
	if row.Person.Card != "" {
		look("card", row.Person.Card)
	}
	return wrong
}

func (i *importer) take(ctx context.Context, chunk []hq.ImportLine) error {
	take := i.Import
	if i.try {
		take = i.TryImport
	}
	outcomes, err := take(ctx, i.file, chunk)
	if err != nil {
		return err
	}
	for n, outcome := range outcomes {
		if err := i.count(chunk[n], outcome); err != nil {
			return err
		}
	}
	return nil
}

func (i *importer) count(line hq.ImportLine, outcome hq.ImportOutcome) (err error) {
	switch outcome.Fate {
	case hq.ImportWrong:
		i.refuse(roster.Problem{Line: line.Line, Text: outcome.Wrong})
		return nil
	case hq.ImportStood:
		i.out.Stood++
		return nil
	case hq.ImportNew:
		i.out.New++
	case hq.ImportKnown:
		i.out.Known++
	}
	for _, a := range line.Amounts {
		if i.sums[a.Unit], err = i.sums[a.Unit].Add(a.Amount); err != nil {
			return exit.Fail(exit.Data, "", fmt.Errorf("line %d, %s: the file's sum: %w", line.Line, a.Unit, err))
		}
	}
	return nil
}

func (i *importer) refuse(wrong ...roster.Problem) {
	room := min(len(wrong), maxProblems-len(i.out.Wrong))
	i.out.Wrong, i.out.More = append(i.out.Wrong, wrong[:room]...), i.out.More+len(wrong)-room
}

// end adds up, and compares the file with the one that was announced.
func (i *importer) end(whole hash.Hash) error {
	copy(i.out.File[:], whole.Sum(nil))
	slices.SortStableFunc(i.out.Wrong, func(a, b roster.Problem) int { return cmp.Compare(a.Line, b.Line) })
	for _, unit := range i.program.Units() {
		if sum := i.sums[unit]; sum > 0 {
			i.out.Units = append(i.out.Units, importedUnit{unit, sum, i.program.Amounts().Words(unit, sum)})
		}
	}
	if i.out.File != i.file.Hash {
		return exit.Fail(exit.Data, "import the file again as it is now", errors.New("the file changed while it was read"))
	}
	if i.try {
		return nil
	}
	i.log.Info().Str("file", i.file.Hash.String()).Str("approver_id", i.file.Operator).Int("lines", i.out.Lines).
		Int("new", i.out.New).Int("known", i.out.Known).Int("imported_before", i.out.Stood).Int("problems", len(i.out.Wrong)).Msg("members imported")
	return nil
}
