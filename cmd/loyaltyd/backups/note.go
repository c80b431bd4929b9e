package backups

import (
	"context"
	"errors"
	"net/http"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// copyAtOnce bounds how many journals one message to the desk is about.
const copyAtOnce = 2000

// NotedCopy is what headquarters answers to a copy.
type NotedCopy struct {
	Journals int `json:"journals"` // that are durable now
}

// NoteCopy tells a folder's headquarters, whether it runs or not, what a backup of it
// has.
func NoteCopy(ctx context.Context, config configs.Config, copied hq.Copy) (noted int, err error) {
	part := copied
	for rest := copied.Journals; len(rest) > 0; noted += len(part.Journals) {
		part.Journals, rest = rest[:min(copyAtOnce, len(rest))], rest[min(copyAtOnce, len(rest)):]
		var answer NotedCopy
		err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/copies", part, &answer)
		if errors.Is(err, desk.ErrNoDaemon) {
			return noteAtRest(ctx, config, copied)
		}
		if err != nil {
			return noted, err
		}
	}
	return noted, nil
}

// noteAtRest is NoteCopy where no daemon runs. A database that an older release wrote
// stays as it is: nothing upgrades it but a start.
func noteAtRest(ctx context.Context, config configs.Config, copied hq.Copy) (int, error) {
	lock, err := sqlitedb.LockFolder(config.DataDir)
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	look, err := hq.OpenReadOnly(ctx, datadir.HQOptions(config))
	if errors.Is(err, sqlitedb.ErrOlderSchema) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if err := look.Close(); err != nil {
		return 0, err
	}
	return hq.NoteCopy(ctx, datadir.HQOptions(config), copied)
}
