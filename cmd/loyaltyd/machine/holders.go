package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Holder is a process that has a device open.
type Holder struct {
	PID  int    `json:"pid"`
	Name string `json:"name"`
}

// Holders finds who has a device open, among the processes this user may look
// into: all of them for root, the user's own otherwise.
func (m Machine) Holders(device string) []Holder {
	found := []Holder{}
	processes, err := os.ReadDir(m.Path("proc"))
	if err != nil {
		return found
	}
	for _, process := range processes {
		pid, err := strconv.Atoi(process.Name())
		if err != nil || !m.holds(process.Name(), device) {
			continue
		}
		found = append(found, Holder{pid, m.read("proc", process.Name(), "comm")})
	}
	return found
}

func (m Machine) holds(process, device string) bool {
	folder := m.Path("proc", process, "fd")
	files, err := os.ReadDir(folder)
	if err != nil {
		return false // another user's, or gone
	}
	for _, file := range files {
		if target, err := os.Readlink(filepath.Join(folder, file.Name())); err == nil && target == device {
			return true
		}
	}
	return false
}

// HolderWords name them.
func HolderWords(holders []Holder) string {
	words := make([]string, len(holders))
	for i, h := range holders {
		words[i] = fmt.Sprintf("%s (%d)", h.Name, h.PID)
	}
	return strings.Join(words, ", ")
}
