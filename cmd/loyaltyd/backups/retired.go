package backups

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/release"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/internal/backup"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Retired is `hq retire --json`.
type Retired struct {
	backup.Saved
	Chain ledger.ChainID `json:"chain"`
}

// WriteRetired writes the file of a headquarters that retired.
func WriteRetired(ctx context.Context, config configs.Config, to string, watch progress) (done Retired, err error) {
	lock, work, err := openWork(config.DataDir)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, closeWork(lock, work)) }()
	parts, err := collectRetired(ctx, config.DataDir, work, watch)
	if err != nil {
		return done, err
	}
	target, err := filepath.Abs(to)
	if err != nil {
		return done, err
	}
	path, _ := pathIn(target, parts)
	done.Chain = parts.manifest.Headquarters.Chain
	done.Saved, err = saveBackup(ctx, config, path, parts, watch("writing"))
	return done, err
}

// collectRetired takes the files of a headquarters that retired, checked, under the
// names that they had.
func collectRetired(ctx context.Context, dataDir, work string, watch progress) (*collected, error) {
	p := &collected{paths: map[string]string{}}
	p.manifest = backup.Manifest{Release: release.Name, At: ledger.MillisOf(time.Now()), Retired: true}
	p.paths[hq.DatabaseFile] = filepath.Join(work, hq.DatabaseFile)
	if err := os.Link(filepath.Join(dataDir, custody.RetiredDatabaseFile), p.paths[hq.DatabaseFile]); err != nil {
		return nil, err
	}
	if err := p.copyKey(filepath.Join(dataDir, custody.RetiredKeyFile), work, hq.KeyFile); err != nil {
		return nil, err
	}
	state, _, err := checkHeadquarters(ctx, work, watch)
	if err != nil {
		return nil, err
	}
	p.manifest.Headquarters, p.name = state, state.Chain.String()
	return p, p.describe()
}
