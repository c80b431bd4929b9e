package demo

import (
	"net/http"
	"strings"

	"github.com/loyaltyd/loyaltyd/device/sim"
)

// What is done on the page is done to the devices; what comes of it is seen when
// they were written to.

// keyBytes turns the keys of a page into what a keypad sends.
var keyBytes = strings.NewReplacer("=", "\r", "<", "\b", "x", "\x1b")

func (v *Virtual) press(w http.ResponseWriter, r *http.Request, n int) {
	keys := r.PostFormValue("keys")
	if strings.Trim(keys, "0123456789ABCDEF=<x") != "" {
		http.Error(w, "these are no keys", http.StatusUnprocessableEntity)
		return
	}
	v.done(w, v.stage.Lanes[n].Keypad.Type(keyBytes.Replace(keys)))
}

func (v *Virtual) scan(w http.ResponseWriter, r *http.Request, n int) {
	v.done(w, v.stage.Lanes[n].Scanner.Scan(r.PostFormValue("code")))
}

// paper takes a printer's paper out, or loads it.
func (v *Virtual) paper(w http.ResponseWriter, _ *http.Request, n int) {
	lane := v.stage.Lanes[n]
	v.mu.Lock()
	out := !v.out[lane.Name]
	v.out[lane.Name] = out
	v.mu.Unlock()
	paper := sim.PaperLoaded
	if out {
		paper = sim.PaperOut
	}
	lane.Printer.SetPaper(paper)
	v.bell.ring(lane.Name)
	v.done(w, nil)
}

// flip cuts the network, or mends it.
func (v *Virtual) flip(w http.ResponseWriter, _ *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var err error
	if v.cut {
		err = v.stage.Network.Restore()
	} else {
		v.stage.Network.Cut()
	}
	if err == nil {
		v.cut = !v.cut
	}
	v.bell.ring("network")
	v.done(w, err)
}

func (v *Virtual) done(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
