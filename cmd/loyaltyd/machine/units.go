package machine

import (
	"os"
	"path/filepath"
)

// Unit is the text of a service's unit; empty where there is none.
func (m Machine) Unit(name string) string {
	for _, folder := range []string{"etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"} {
		if text := m.read(folder, name); text != "" {
			return text
		}
	}
	return ""
}

// Enabled reports whether a service starts with the computer.
func (m Machine) Enabled(name string) bool {
	links, err := filepath.Glob(m.Path("etc/systemd/system/*.wants", name))
	if err != nil || len(links) == 0 {
		return false
	}
	_, err = os.Lstat(links[0])
	return err == nil
}
