package backups

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
)

// lookEvery is how often a daemon looks whether a backup is due.
const lookEvery = 10 * time.Minute

// Daily makes a backup by itself once a day, beside what else the daemon
// does, and never in its way: the databases are read, not locked.
type Daily struct {
	Config configs.Config
	Files  []string
	Log    zerolog.Logger
	told   string // the failure that the diary has
	// toldPersons is that of the files beside the backups.
	toldPersons string
	// Note tells the headquarters in the folder what a backup has of it.
	Note func(context.Context, hq.Copy) (int, error)
}

// Run looks at once and then now and again, until the context ends.
func (b *Daily) Run(ctx context.Context) {
	if err := sweepWork(b.Config.DataDir); err != nil {
		b.Log.Warn().Err(err).Msg("what a broken backup left could not be removed")
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		b.look(ctx)
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

func (b *Daily) look(ctx context.Context) {
	b.lookAtPersons(ctx)
	if b.Config.Backup.Target == "" {
		return
	}
	last, err := ReadRecord(b.Config.DataDir)
	if err == nil {
		if age := time.Since(last.At); age >= 0 && age < due {
			return
		}
		began := time.Now()
		var made Made
		if made, err = Make(ctx, b.Config, b.Files, "", unwatched); err == nil {
			b.told = ""
			b.Log.Info().Str("file", made.Path).Int64("bytes", made.Size).
				Int64("duration_ms", time.Since(began).Milliseconds()).Msg("backup made")
			b.noteCopy(ctx, made.Copy)
			return
		}
	}
	if ctx.Err() != nil {
		return // the daemon ends; the next one tries again
	}
	b.fail(last, err)
}

// lookAtPersons takes who was erased out of the files beside the backups, where that
// could not be done at once.
func (b *Daily) lookAtPersons(ctx context.Context) {
	err := RewritePersons(ctx, b.Config)
	switch {
	case err == nil:
		b.toldPersons = ""
	case ctx.Err() == nil && exit.Code(err) != exit.Locked && err.Error() != b.toldPersons:
		b.toldPersons = err.Error()
		b.Log.Error().Err(err).Msg("keys beside the backups could not be written: they have who was erased")
	}
}

// noteCopy tells headquarters, where there is one and nothing was wrong with it. What
// it does not hear of this backup it hears of the next.
func (b *Daily) noteCopy(ctx context.Context, copied *hq.Copy) {
	if copied == nil || b.Note == nil {
		return
	}
	if _, err := b.Note(ctx, *copied); err != nil && ctx.Err() == nil {
		b.Log.Warn().Err(err).Msg("headquarters could not note its backup: tills hear of the next one")
	}
}

// fail tells the diary once and status always.
func (b *Daily) fail(last Record, err error) {
	last.Failed = &Fault{At: time.Now(), Error: err.Error()}
	if noting := last.Save(b.Config.DataDir); noting != nil {
		b.Log.Error().Err(noting).Msg("backup could not be noted")
	}
	if text := err.Error(); text != b.told {
		b.told = text
		b.Log.Error().Err(err).Msg("no backup could be made")
	}
}
