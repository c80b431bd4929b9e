package keypad

import "github.com/loyaltyd/loyaltyd/device"

// Decoder turns a keypad's bytes into keys, however the bytes are cut into
// reads. Of sequences that begin alike the longest that arrives wins. A line
// feed right after a carriage return that was ENTER belongs to it, unless it is
// another key.
//
// A Decoder is pure: it holds no timer and is not safe for concurrent use.
type Decoder struct {
	nodes   []node // nodes[0] is the empty sequence
	pending []byte // read, and the beginning of at least one longer sequence
	at      int    // the node of pending
	afterCR bool   // the last byte was a CR and gave ENTER
	unknown uint64
}

// node is a beginning of sequences: the key it means itself, if any, and where
// each further byte leads. Node 0 is never led to.
type node struct {
	key  device.Key
	next map[byte]int
}

// NewDecoder returns a decoder for m, or what is wrong with m.
func NewDecoder(m Map) (*Decoder, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	d := &Decoder{nodes: []node{{next: map[byte]int{}}}}
	for sequence, key := range m {
		d.add(sequence, key)
	}
	return d, nil
}

func (d *Decoder) add(sequence string, key device.Key) {
	at := 0
	for i := range len(sequence) {
		next, ok := d.nodes[at].next[sequence[i]]
		if !ok {
			next = len(d.nodes)
			d.nodes[at].next[sequence[i]] = next
			d.nodes = append(d.nodes, node{next: map[byte]int{}})
		}
		at = next
	}
	d.nodes[at].key = key
}

// Decode takes the next bytes and calls emit for each key they complete. Bytes
// that are the beginning of a longer sequence stay Pending.
func (d *Decoder) Decode(p []byte, emit func(device.Key)) {
	for _, b := range p {
		d.feed(b, emit)
	}
}

// Pending reports whether bytes wait for more to tell which key they are. If
// none come within 50 ms, call Flush.
func (d *Decoder) Pending() bool { return len(d.pending) > 0 }

// Flush takes pending bytes as all that will come: ESC alone is then its own key.
func (d *Decoder) Flush(emit func(device.Key)) {
	for d.Pending() {
		d.resolve(emit)
	}
}

// Unknown returns how many bytes so far meant nothing.
func (d *Decoder) Unknown() uint64 { return d.unknown }

// Reset forgets what was pending, as when the keypad was plugged in anew.
func (d *Decoder) Reset() {
	d.pending, d.at, d.afterCR = d.pending[:0], 0, false
}

func (d *Decoder) feed(b byte, emit func(device.Key)) {
	for {
		next, ok := d.nodes[d.at].next[b]
		if ok && !(b == '\n' && d.afterCR && !d.Pending() && d.nodes[next].key == device.Enter) {
			d.step(b, next, emit)
			return
		}
		if !d.Pending() {
			d.drop(b)
			return
		}
		d.resolve(emit)
	}
}

// step goes on along a sequence. Where no sequence goes further it is complete.
func (d *Decoder) step(b byte, next int, emit func(device.Key)) {
	d.pending, d.at = append(d.pending, b), next
	if len(d.nodes[next].next) == 0 {
		d.resolve(emit)
	}
}

// drop takes a byte that begins no sequence.
func (d *Decoder) drop(b byte) {
	if !(b == '\n' && d.afterCR) {
		d.unknown++
	}
	d.afterCR = false
}

// resolve turns the longest sequence that pending begins with into its key, or
// drops one byte, and takes the rest anew. It always takes at least one byte.
func (d *Decoder) resolve(emit func(device.Key)) {
	at, length, key := 0, 0, device.Key(0)
	for i, b := range d.pending {
		at = d.nodes[at].next[b]
		if d.nodes[at].key != 0 {
			length, key = i+1, d.nodes[at].key
		}
	}
	first := d.pending[0]
	rest := append([]byte(nil), d.pending[max(length, 1):]...)
	d.pending, d.at = d.pending[:0], 0
	if length == 0 {
		d.drop(first)
	} else {
		d.afterCR = length == 1 && first == '\r' && key == device.Enter
		emit(key)
	}
	for _, b := range rest {
		d.feed(b, emit)
	}
}
