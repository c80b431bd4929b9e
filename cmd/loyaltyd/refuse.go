package main

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/configs"
)

// refuseTill says why a folder is no till's, nor can become one's.
func (f folder) refuseTill(config configs.Config) error {
	switch {
	case f.pureHeadquarters():
		return fail(exitConfig, "give the till a folder of its own: data_dir or --data",
			fmt.Errorf("%s is headquarters' folder", f.dir))
	case config.HQ.Database != "":
		return fail(exitConfig, "a till keeps what it has in its own folder: leave hq.database empty",
			errors.New("hq.database is for `loyaltyd hq`"))
	case f.key:
		return nil
	case f.journal:
		return fail(exitConfig, "restore the folder's backup; a new till belongs into a new folder",
			fmt.Errorf("%s holds a till's journal without its key file", f.dir))
	case f.joining && !f.founding && config.Headquarters.URL == "":
		return fail(exitConfig, "repeat `loyaltyd enroll CODE`, or remove key.enrolling and the till will be its own headquarters",
			fmt.Errorf("an enrollment was begun in %s and did not end", f.dir))
	}
	return nil
}

// refuseTwo says that a folder has a headquarters which its till is not to
// use.
func (f folder) refuseTwo(config configs.Config) error {
	if !f.headquarters() {
		return nil
	}
	if config.Headquarters.URL != "" {
		return fail(exitConfig, "leave headquarters.url out of the configuration",
			fmt.Errorf("%s holds this till's own headquarters, and headquarters.url names another", f.dir))
	}
	return fail(exitConfig, "give each a folder of its own: data_dir or --data",
		fmt.Errorf("%s is headquarters' folder, and of a till that was enrolled elsewhere", f.dir))
}

// refuseHeadquarters says why `loyaltyd hq` does not run on a folder.
func (f folder) refuseHeadquarters() error {
	switch {
	case f.ownHeadquarters():
		return fail(exitConfig, "`loyaltyd run` runs both; hq.listen lets other tills reach it",
			fmt.Errorf("%s is a till's folder, with its own headquarters in it", f.dir))
	case f.key || f.founding || f.joining || f.journal:
		return fail(exitConfig, "give each a folder of its own: data_dir or --data",
			fmt.Errorf("%s is a till's folder", f.dir))
	case f.retired:
		return fail(exitConfig, "run it where the file of `loyaltyd hq retire` was imported",
			fmt.Errorf("the headquarters of %s retired", f.dir))
	}
	return nil
}
