package books

// SegmentMove is what a decision does to who is in a segment.
type SegmentMove struct {
	Member  Holder `json:"member"`
	Segment string `json:"segment"`
	Out     bool   `json:"out,omitempty"`
}

// InSegment is a member in a segment.
type InSegment struct {
	Member  Holder
	Segment string
}

// Segment notes by which row a member came into a segment; 0 that she left it.
func (b *Books) Segment(d *Decision, n uint64) {
	if d.Segment == nil {
		return
	}
	if d.Segment.Out {
		n = 0
	}
	b.Segments[InSegment{d.Segment.Member, d.Segment.Segment}] = n
}
