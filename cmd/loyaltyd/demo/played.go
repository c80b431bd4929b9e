package demo

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

// played are the balances that the folders had, by name, when whoever played with
// the tills after the story left; a folder that could not be asked is missing.
type played map[string]int64

// playedFile is in the demo's folder from when the tills are open to play with.
const playedFile = "played.json"

// leaveLimit ends a leaving that hangs.
const leaveLimit = 30 * time.Second

// leave ends the daemons and notes what is told last: what is read then is what is
// on disk.
func leave(ctx context.Context, s *stage.Stage) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveLimit)
	defer cancel()
	s.Drain()
	last := played{}
	for _, name := range folders {
		if b, err := member(ctx, s, name); err == nil { // where not, Check says why
			last[name] = b.Balance
		}
	}
	return last.write(s.Dir)
}

func (p played) write(dir string) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, playedFile), text, 0o600)
}

// readPlayed returns nil where the demo ended with its story.
func readPlayed(dir string) (p played, err error) {
	text, err := os.ReadFile(filepath.Join(dir, playedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return p, json.Unmarshal(text, &p)
}

// told is the balance that a folder must have; false where nobody noted it.
func (p played) told(name string) (balance int64, known bool) {
	if p == nil {
		return finalBalance, true
	}
	balance, known = p[name]
	return balance, known
}
