package datadir

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
)

// RefuseReading says why there is no headquarters to read in a folder; nil where
// there is one.
func (f Folder) RefuseReading() error {
	switch {
	case f.Headquarters():
		return nil
	case f.Retired:
		return f.retired(exit.Unavailable)
	case f.closed != nil:
		return f.closed
	case f.Key || f.Founding || f.Joining || f.Journal:
		return exit.Fail(exit.Unavailable, "run it where the chain's headquarters is",
			fmt.Errorf("%s is a till's folder: it knows only its own part", f.Dir))
	}
	return exit.Fail(exit.Unavailable, "name headquarters' folder with --data", fmt.Errorf("%s holds no headquarters", f.Dir))
}

// retired says that a folder's headquarters has ended, and lives elsewhere.
func (f Folder) retired(code int) error {
	return exit.Fail(code, "run it where the file of `loyaltyd hq retire` was imported",
		fmt.Errorf("the headquarters of %s retired", f.Dir))
}

// RefuseTill says why a folder is no till's, nor can become one's.
func (f Folder) RefuseTill(config configs.Config) error {
	switch {
	case f.PureHeadquarters():
		return exit.Fail(exit.Config, "give the till a folder of its own: data_dir or --data",
			fmt.Errorf("%s is headquarters' folder", f.Dir))
	case config.HQ.Database != "":
		return exit.Fail(exit.Config, "a till keeps what it has in its own folder: leave hq.database empty",
			errors.New("hq.database is for `loyaltyd hq`"))
	case f.Key:
		return nil
	case f.Retired:
		return exit.Fail(exit.Config, "give the till a folder of its own: data_dir or --data",
			fmt.Errorf("%s is the folder of a headquarters that retired", f.Dir))
	case f.Journal:
		return exit.Fail(exit.Config, "restore the folder's backup; a new till belongs into a new folder",
			fmt.Errorf("%s holds a till's journal without its key file", f.Dir))
	case f.Joining && !f.Founding && config.Headquarters.URL == "":
		return exit.Fail(exit.Config, "repeat `loyaltyd enroll CODE`, or remove key.enrolling and the till will be its own headquarters",
			fmt.Errorf("an enrollment was begun in %s and did not end", f.Dir))
	}
	return nil
}

// RefuseTwo says that a folder has a headquarters which its till is not to
// use.
func (f Folder) RefuseTwo(config configs.Config) error {
	if !f.Headquarters() {
		return nil
	}
	if config.Headquarters.URL != "" {
		return exit.Fail(exit.Config, "leave headquarters.url out of the configuration",
			fmt.Errorf("%s holds this till's own headquarters, and headquarters.url names another", f.Dir))
	}
	return exit.Fail(exit.Config, "give each a folder of its own: data_dir or --data",
		fmt.Errorf("%s is headquarters' folder, and of a till that was enrolled elsewhere", f.Dir))
}

// RefuseHeadquarters says why `loyaltyd hq` does not run on a folder.
func (f Folder) RefuseHeadquarters() error {
	switch {
	case f.OwnHeadquarters():
		return exit.Fail(exit.Config, "`loyaltyd run` runs both; hq.listen lets other tills reach it",
			fmt.Errorf("%s is a till's folder, with its own headquarters in it", f.Dir))
	case f.Key || f.Founding || f.Joining || f.Journal:
		return exit.Fail(exit.Config, "give each a folder of its own: data_dir or --data",
			fmt.Errorf("%s is a till's folder", f.Dir))
	case f.Retired:
		return f.retired(exit.Config)
	}
	return nil
}
