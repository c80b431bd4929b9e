package command

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// maxEvidenceLine bounds a line, in bytes: a body as JSON text, where each of its
// bytes may take six.
const maxEvidenceLine = 6*ledger.MaxBody + 64<<10

// proven is `verify --evidence --json`.
type proven struct {
	ledger.Statement
	Entries         int    `json:"entries"`
	Seals           int    `json:"seals"`
	HQFingerprint   string `json:"hq_fingerprint"`
	TillFingerprint string `json:"terminal_fingerprint"`
}

// verifyEvidence checks a file that another machine made.
func (c *console) verifyEvidence(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return exit.Fail(exit.Usage, "name a file that `loyaltyd hq evidence` wrote", err)
	}
	defer file.Close()
	var check ledger.EvidenceCheck
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxEvidenceLine)
	n := 0
	for lines.Scan() && err == nil {
		n++
		err = check.Take(lines.Bytes())
	}
	if err == nil && lines.Err() != nil {
		return exit.Fail(exit.IO, "", fmt.Errorf("read %s: %w", path, lines.Err()))
	}
	if err == nil {
		err = check.End()
	}
	if errors.Is(err, ledger.ErrEvidence) {
		return exit.Fail(exit.Failed, "it was changed since headquarters made it, or is no evidence at all", fmt.Errorf("line %d: %w", n, err))
	}
	if err != nil {
		return err
	}
	found := proven{check.Statement, check.Entries, check.Seals, ledger.Fingerprint(check.Statement.HQKey), ledger.Fingerprint(check.Statement.TerminalKey)}
	if c.json {
		return c.print(found)
	}
	c.writeProven(found)
	return nil
}

// writeProven says what a file proves, and what it does not.
func (c *console) writeProven(p proven) {
	days := string(p.From)
	if p.To != p.From {
		days += " to " + string(p.To)
	}
	fmt.Fprintf(c.out, "%q of store %s, %s: %s under %s\n", p.Name, p.Store, days, countOf(p.Entries, "entry"), countOf(p.Seals, "seal"))
	for _, part := range p.Parts {
		fmt.Fprintf(c.out, "    %d.%d to %d.%d, head %s\n", part.Epoch, part.First, part.Epoch, part.Last, part.Head)
	}
	fmt.Fprintf(c.out, `Proven: each entry is byte for byte what the till sealed, in this order; none between the first and the last is missing,
added or changed; and headquarters had them all at %s.
Not proven: whose the keys are. Compare that of headquarters, %s, with the one that its
"hq status" or an enrollment code shows; it vouches for the till's, %s.
`, stamp.Of(p.At, time.Local), p.HQFingerprint, p.TillFingerprint)
}
