package main

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
)

// backupLook is how often a daemon looks whether a backup is due.
const backupLook = 10 * time.Minute

// dailyBackup makes a backup by itself once a day, beside what else the daemon
// does, and never in its way: the databases are read, not locked.
type dailyBackup struct {
	config configs.Config
	files  []string
	log    zerolog.Logger
	told   string // the failure that the diary has
	// toldPersons is that of the files beside the backups.
	toldPersons string
	// note tells the headquarters in the folder what a backup has of it.
	note func(context.Context, hq.Copy) (int, error)
}

// run looks at once and then now and again, until the context ends.
func (b *dailyBackup) run(ctx context.Context) {
	if err := sweepWork(b.config.DataDir); err != nil {
		b.log.Warn().Err(err).Msg("what a broken backup left could not be removed")
	}
	look := time.NewTicker(backupLook)
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

func (b *dailyBackup) look(ctx context.Context) {
	b.lookAtPersons(ctx)
	if b.config.Backup.Target == "" {
		return
	}
	last, err := readBackupRecord(b.config.DataDir)
	if err == nil {
		if age := time.Since(last.At); age >= 0 && age < backupDue {
			return
		}
		began := time.Now()
		var made madeBackup
		if made, err = makeBackup(ctx, b.config, b.files, "", unwatched); err == nil {
			b.told = ""
			b.log.Info().Str("file", made.Path).Int64("bytes", made.Size).
				Int64("duration_ms", time.Since(began).Milliseconds()).Msg("backup made")
			b.noteCopy(ctx, made.copy)
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
func (b *dailyBackup) lookAtPersons(ctx context.Context) {
	err := rewritePersons(ctx, b.config)
	switch {
	case err == nil:
		b.toldPersons = ""
	case ctx.Err() == nil && exit.Code(err) != exit.Locked && err.Error() != b.toldPersons:
		b.toldPersons = err.Error()
		b.log.Error().Err(err).Msg("keys beside the backups could not be written: they have who was erased")
	}
}

// noteCopy tells headquarters, where there is one and nothing was wrong with it. What
// it does not hear of this backup it hears of the next.
func (b *dailyBackup) noteCopy(ctx context.Context, copied *hq.Copy) {
	if copied == nil || b.note == nil {
		return
	}
	if _, err := b.note(ctx, *copied); err != nil && ctx.Err() == nil {
		b.log.Warn().Err(err).Msg("headquarters could not note its backup: tills hear of the next one")
	}
}

// fail tells the diary once and status always.
func (b *dailyBackup) fail(last backupRecord, err error) {
	last.Failed = &backupFault{At: time.Now(), Error: err.Error()}
	if noting := last.save(b.config.DataDir); noting != nil {
		b.log.Error().Err(noting).Msg("backup could not be noted")
	}
	if text := err.Error(); text != b.told {
		b.told = text
		b.log.Error().Err(err).Msg("no backup could be made")
	}
}
