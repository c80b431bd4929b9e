package ledger

// Head is the end of a chain as one side knows it. Seq 0 is its beginning,
// and Hash then what the epoch began from.
type Head struct {
	Epoch  Epoch  `json:"epoch"`
	Branch Branch `json:"branch"`
	Seq    Seq    `json:"seq"`
	Hash   Hash   `json:"hash"`
}

// Cursor is a position in a store's feed under one incarnation of
// headquarters; under another, a terminal reads from 0.
type Cursor struct {
	Incarnation Incarnation `json:"incarnation"`
	Position    Position    `json:"position"`
}

// Stretch is a run of a journal that is to be sent: the seal's place, hashes,
// sums and token, and the bytes it is about. Nothing is to be sent where
// Bodies is empty.
type Stretch struct {
	Seal        Seal
	Bodies      [][]byte
	Attachments [][]byte
}

// Contact is what headquarters' welcomes and acks tell a terminal about the
// exchange itself. The feed tells the time.
type Contact struct {
	Incarnation Incarnation
	Token       string // for the next batch
	Durable     Place  // zero where nothing is yet
}
