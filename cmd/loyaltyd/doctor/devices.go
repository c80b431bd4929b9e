package doctor

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
)

func lookAtDevices(_ context.Context, p *patient, t teller) {
	if p.folder.PureHeadquarters() {
		return
	}
	devices := machine.ConfiguredIn(p.config.Config)
	if len(devices) == 0 {
		t.note("`loyaltyd devices list` shows the ports to write into keypads and displays", "none is configured: the till serves its API alone")
		return
	}
	ports, _ := p.machine.Ports() // none are offered as a cure then
	for _, d := range devices {
		p.lookAtDevice(teller{p, d.Kind}, d, ports)
	}
}

// unstable is a name that may be another device's tomorrow.
var unstable = regexp.MustCompile(`^/dev/(tty(USB|ACM)|input/event)[0-9]+$`)

func (p *patient) lookAtDevice(t teller, d machine.Configured, ports []machine.Port) {
	if d.Address != "" {
		p.lookAtState(t, d, "look at its cable and its address, and whether it is switched on")
		return
	}
	path, err := p.machine.Resolve(d.Port)
	if err != nil {
		t.wrong(fmt.Sprintf("plug it in, or write its port into %s.port%s", d.Key, offered(ports)), "%q: %s is not there", d.Name, d.Port)
		return
	}
	for _, h := range p.machine.Holders(path) {
		if configs.IsKeyboard(d.Port) {
			break // the windows have it open, and stand back from the till's grab
		}
		if strconv.Itoa(h.PID) != p.daemonPID() {
			t.wrong(freeing(h.Name, path), "%q: %s (process %d) has %s open", d.Name, h.Name, h.PID, path)
			return
		}
	}
	if !p.mayOpen(path) {
		t.wrong(p.letIn(d), "%q: user %s may not open %s", d.Name, p.daemonUser(), path)
		return
	}
	if unstable.MatchString(d.Port) {
		fix := "write its name under by-id or by-path, in /dev/serial or /dev/input, into " + d.Key + ".port"
		for _, port := range ports {
			if port.Device == d.Port && port.Path != d.Port {
				fix = fmt.Sprintf("write %s into %s.port", port.Path, d.Key)
			}
		}
		t.wrong(fix, "%q: %s may be another device after the next start", d.Name, d.Port)
		return
	}
	p.lookAtState(t, d, "look at its cable and its switch; `loyaltyd devices list` shows what the machine sees")
}

// letIn says how the daemon's user gets to open a device. Group input is no cure: who is
// in it reads what the cashier types.
func (p *patient) letIn(d machine.Configured) string {
	if configs.IsKeyboard(d.Port) {
		return "install the udev rule (70-loyaltyd.rules) and plug it in again; another maker's than it names wants the line that stands below it, with the numbers of `loyaltyd devices list`"
	}
	return "usermod -aG dialout " + p.daemonUser() + ", then restart the till"
}

// lookAtState asks the daemon, which alone speaks with devices.
func (p *patient) lookAtState(t teller, d machine.Configured, fix string) {
	where := d.Port + d.Address
	if p.live == nil {
		t.ok("%q: %s; whether it answers only a running daemon knows", d.Name, where)
		return
	}
	i := slices.IndexFunc(p.live.Devices, func(s terminal.DeviceState) bool { return s.Name == d.Name })
	switch {
	case i < 0:
		t.wrong("restart the till", "%q: the daemon does not know it: it was configured later", d.Name)
	case !p.live.Devices[i].Online || p.live.Devices[i].Fault:
		t.wrong(fix, "%q: %s", d.Name, p.live.Devices[i].Words(p.zone))
	default:
		t.ok("%q: %s, %s", d.Name, where, p.live.Devices[i].Words(p.zone))
	}
}

// offered are ports that could be meant.
func offered(ports []machine.Port) string {
	if len(ports) == 0 {
		return "; nothing is plugged in"
	}
	var text strings.Builder
	text.WriteString(":")
	for _, port := range ports {
		fmt.Fprintf(&text, "\n%s (%s)", port.Path, port.What)
	}
	return text.String()
}

// freeing says how a device is taken from who has it.
func freeing(holder, device string) string {
	switch {
	case holder == "ModemManager":
		return "install the udev rule (70-loyaltyd.rules) and plug the device in again, or `systemctl disable --now ModemManager`"
	case strings.Contains(holder, "getty"):
		return "systemctl disable --now serial-getty@" + filepath.Base(device)
	}
	return "end it: a port has one reader, or each gets half of the keys"
}

// daemonPID is who holds the data folder, as its lock says.
func (p *patient) daemonPID() string {
	if !p.runs {
		return ""
	}
	return machine.ReadName(filepath.Join(p.config.DataDir, "lock"))
}

// daemonUser owns the data folder; before there is one it is who asks.
func (p *patient) daemonUser() string {
	return backups.UserName(p.daemonUID())
}

func (p *patient) daemonUID() uint32 {
	var stat syscall.Stat_t
	if err := syscall.Stat(p.config.DataDir, &stat); err != nil {
		return uint32(os.Geteuid())
	}
	return stat.Uid
}

// mayOpen reports whether the daemon's user may read and write a device.
func (p *patient) mayOpen(device string) bool {
	var stat syscall.Stat_t
	if err := syscall.Stat(p.machine.Path(device), &stat); err != nil {
		return false
	}
	uid := p.daemonUID()
	var groups []string
	if found, err := user.LookupId(strconv.Itoa(int(uid))); err == nil {
		groups, _ = found.GroupIds() // none: then it is not in the device's
	}
	return mayOpen(stat, uid, groups)
}

func mayOpen(device syscall.Stat_t, uid uint32, groups []string) bool {
	const readWrite = 0o6
	switch {
	case uid == 0:
		return true
	case device.Uid == uid:
		return device.Mode>>6&readWrite == readWrite
	case slices.Contains(groups, strconv.Itoa(int(device.Gid))):
		return device.Mode>>3&readWrite == readWrite
	}
	return device.Mode&readWrite == readWrite
}
