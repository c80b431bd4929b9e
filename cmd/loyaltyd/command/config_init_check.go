package command

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// check refuses what flags say before anything is asked or written.
func (a answers) check(m machine.Machine) error {
	set := map[string]string{}
	for key, value := range a.values {
		if *value != "" {
			set[key] = *value
		}
	}
	if _, err := configs.Load(nil, set); err != nil {
		return err
	}
	for _, q := range questions {
		if value := *a.values[q.key]; value != "" {
			if err := refuseValue(q.key, value); err != nil {
				return exit.Fail(exit.Config, exit.Hint(err), fmt.Errorf("--%s: %w", q.flag, err))
			}
		}
	}
	for _, d := range deviceLists {
		if where := *a.ports[d.list]; where != "" {
			if err := a.refusePort(m, d, where); err != nil {
				return exit.Fail(exit.Config, "`loyaltyd devices list` shows the ports", fmt.Errorf("--%s: %w", d.name, err))
			}
		}
	}
	return nil
}

// refuseValue says why a value cannot stand that has the right form: nothing on
// earth or on this machine is so called.
func refuseValue(key, value string) error {
	switch {
	case key == "region":
		return phone.CheckRegion(value)
	case key == "currency" && !machine.IsCurrency(value):
		return fmt.Errorf("%q is no currency: three capital letters, such as TRY", value)
	case key == "backup.target" && value != "":
		config := configs.Default()
		config.Backup.Target = value
		return backups.DaemonMayMake(config, backups.Record{})
	}
	return nil
}

// refusePort says why a device cannot be there. A port that is not plugged in
// can stand: it may be tomorrow.
func (a answers) refusePort(m machine.Machine, d deviceList, where string) error {
	if err := refusePlace(m, d, where); err != nil {
		return err
	}
	for _, other := range deviceLists {
		taken := *a.ports[other.list]
		if other.list != d.list && taken != "" && m.SamePort(taken, where) {
			return fmt.Errorf("%s is the %s's already: a port has one device", where, other.name)
		}
	}
	return nil
}

// absent says which ports are not there now.
func (a answers) absent(m machine.Machine) (remarks []string) {
	for _, d := range deviceLists {
		where := *a.ports[d.list]
		if !strings.HasPrefix(where, "/") {
			continue
		}
		if _, err := os.Stat(m.Path(where)); errors.Is(err, fs.ErrNotExist) {
			remarks = append(remarks, fmt.Sprintf("%s is not there now: the %s works once it is plugged in (`loyaltyd devices list` shows the ports)", where, d.name))
		}
	}
	return remarks
}

func refusePlace(m machine.Machine, d deviceList, where string) error {
	if strings.HasPrefix(where, "/") {
		info, err := os.Stat(m.Path(where))
		if err == nil && info.Mode()&fs.ModeCharDevice == 0 {
			return fmt.Errorf("%s is no serial port, but a %s", where, kindOf(info))
		}
		return nil
	}
	if !d.network {
		return fmt.Errorf("%q is no port: a number of the list, or a path from /", where)
	}
	_, port, err := net.SplitHostPort(where)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%q is neither a port, which begins with /, nor host:port, such as 192.0.2.7:9100", where)
	}
	return nil
}

func kindOf(info fs.FileInfo) string {
	switch {
	case info.IsDir():
		return "folder"
	case info.Mode()&fs.ModeDevice != 0:
		return "disk"
	}
	return "file"
}
