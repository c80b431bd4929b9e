package offline_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
)

// victimEnv tells the test binary that it is the till to be killed.
const victimEnv = "LOYALTYD_TEST_VICTIM"

func TestMain(m *testing.M) {
	if options := os.Getenv(victimEnv); options != "" {
		if err := beVictim(options); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// victim is what the killed process is told of its till.
type victim struct {
	Dir       string
	Terminal  ledger.TerminalID
	LookupKey string
	Round     int
}

// beVictim appends sales and tells each one's id once Append returned, until
// it is killed.
func beVictim(options string) error {
	var v victim
	if err := json.Unmarshal([]byte(options), &v); err != nil {
		return err
	}
	key, err := keys.ParseLookup(v.LookupKey)
	if err != nil {
		return err
	}
	store, err := offline.Open(context.Background(), offline.Options{
		Dir: v.Dir, Terminal: v.Terminal, Store: "s1", LookupKey: key, Program: program,
		PerTerminalCap: 20_000, MaxOffline: time.Hour, Now: time.Now,
	})
	if err != nil {
		return err
	}
	account := newAccountID()
	for i := 0; ; i++ {
		e := &ledger.Entry{
			V: ledger.Version, ID: newEntryID(), Kind: ledger.Sold, At: ledger.MillisOf(time.Now()), Store: "s1", Day: day,
			Subject: ledger.SubjectOf(account), Program: &ledger.ProgramRef{ID: program, Version: 1},
			Sale:     &ledger.Sale{ID: fmt.Sprintf("%d-%d", v.Round, i), Receipt: "1", Currency: "TRY"},
			Postings: []ledger.Posting{{Unit: points, Amount: 1, From: ledger.Issued, To: ledger.Available}},
		}
		body, err := e.Encode()
		if err != nil {
			return err
		}
		if err := store.Append(context.Background(), ledger.Record{Entry: e, Body: body}); err != nil {
			return err
		}
		fmt.Println(e.ID)
	}
}

// Whenever a till is killed, every sale it told stands, and its chain is whole.
func TestKilled(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	tl.must("close", tl.Close())
	var told []string
	for round := range 5 {
		told = append(told, killOne(t, victim{
			Dir: tl.opts.Dir, Terminal: tl.opts.Terminal, LookupKey: tl.opts.LookupKey.Reveal(), Round: round,
		}, 20+round*37)...)
		tl.open()
		if opening := tl.Opening(); opening.NewEpoch != nil {
			t.Fatalf("round %d: %+v", round, opening)
		}
		stands := tl.journalIDs()
		for _, id := range told {
			if !stands[id] {
				t.Fatalf("round %d: %s was told and is lost", round, id)
			}
		}
		tl.clean()
		tl.must("close", tl.Close())
	}
}

// killOne runs a victim, kills it once it told so many sales, and gives those
// it told until it died.
func killOne(t *testing.T, v victim, after int) (told []string) {
	t.Helper()
	options, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+string(options))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, line[:len(line)-1])
		if len(told) == after {
			if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd.Wait() // it was killed
	if len(told) < after {
		t.Fatalf("told %d sales only", len(told))
	}
	return told
}

// journalIDs are the ids of all unsent entries; in these tests nothing is sent.
func (tl *till) journalIDs() map[string]bool {
	tl.t.Helper()
	s, err := tl.Unsent(context.Background(), 1_000_000, 1<<30)
	tl.must("unsent", err)
	ids := map[string]bool{}
	for _, body := range s.Bodies {
		e, err := ledger.Decode(body)
		tl.must("decode", err)
		ids[e.ID.String()] = true
	}
	return ids
}
