package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
)

// refuseJoining says why a folder cannot become that of another terminal. A
// till that was started before it was enrolled is its own headquarters by now;
// where it has nothing to lose, it may join another.
func (c *console) refuseJoining(ctx context.Context, config configs.Config) error {
	f := datadir.Look(config.DataDir)
	switch {
	case f.PureHeadquarters():
		return exit.Fail(exit.Data, "give the till a folder of its own: data_dir or --data",
			fmt.Errorf("%s is headquarters' folder", f.Dir))
	case !f.Key && f.Journal:
		return f.RefuseTill(config)
	case !f.Key:
		return nil
	}
	id, err := datadir.ReadIdentity(f.Dir)
	if err != nil {
		return err
	}
	if !id.Own() {
		return exit.Fail(exit.Data, "use another data folder for another terminal",
			fmt.Errorf("%s holds a terminal of another headquarters already", f.Dir))
	}
	used, err := ownUsed(ctx, config)
	if err != nil {
		return exit.Fail(exit.Data, "use another data folder for another terminal",
			fmt.Errorf("%s holds a till that is its own headquarters: %w", f.Dir, err))
	}
	if used {
		return exit.Fail(exit.Data, "its members and their points stay with it: join from a new folder",
			fmt.Errorf("%s holds a till that is its own headquarters, with members, sales or other tills", f.Dir))
	}
	return nil
}

// ownUsed reports whether a till and its own headquarters hold anything that
// would be missed.
func ownUsed(ctx context.Context, config configs.Config) (bool, error) {
	view, _, err := datadir.OpenView(ctx, config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // the first start ended before it
		return false, err
	}
	if err == nil {
		defer view.Close()
		st, err := view.Status(ctx)
		if err != nil || st.Head.Seq > 0 || st.Head.Epoch > 1 {
			return true, err
		}
	}
	look, err := hq.OpenReadOnly(ctx, datadir.HQOptions(config))
	if err != nil {
		return false, err
	}
	defer look.Close()
	st, err := look.Status(ctx)
	return st.Terminals > 1 || st.Entries > 0 || st.Accounts > 0, err
}
