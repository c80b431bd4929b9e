package ledger

// decodePlain reads a body that is the one of most sales: as Encode wrote it, without
// rewards, rights and attachments. Headquarters would spend more on decoding these than
// on all else that it does with them.
func decodePlain(body []byte) (e Entry, ok bool) {
	r := NewPlain(body)
	r.entry(&e)
	return e, r.Whole()
}

func (r *Plain) entry(e *Entry) {
	r.Object(func(name string) int {
		switch name {
		case "v":
			e.V = r.Int()
			return 1
		case "id":
			PlainID(r, &e.ID)
			return 2
		case "kind":
			e.Kind = Kind(r.Text())
			return 3
		case "at_ms":
			e.At = Millis(r.Number())
			return 4
		case "retail_store_id":
			e.Store = StoreID(r.Text())
			return 5
		case "business_day_date":
			e.Day = Date(r.Text())
			return 6
		case "operator_id":
			e.Operator = r.Text()
			return 7
		case "subject":
			e.Subject = Subject(r.Text())
			return 8
		case "member":
			PlainID(r, &e.Member)
			return 9
		case "proof":
			e.Proof = Proof(r.Text())
			return 10
		case "program":
			e.Program = new(ProgramRef)
			r.program(e.Program)
			return 11
		case "sale":
			e.Sale = new(Sale)
			r.sale(e.Sale)
			return 12
		case "postings":
			e.Postings = PlainList(r, (*Plain).posting)
			return 13
		case "uses":
			e.Uses = PlainList(r, (*Plain).use)
			return 14
		case "told":
			e.Told = new(Told)
			r.told(e.Told)
			return 15
		}
		return 0
	})
}

func (r *Plain) program(p *ProgramRef) {
	r.Object(func(name string) int {
		switch name {
		case "id":
			p.ID = r.Text()
			return 1
		case "version":
			p.Version = r.Int()
			return 2
		case "hash":
			p.Hash = r.Hash()
			return 3
		}
		return 0
	})
}

func (r *Plain) sale(s *Sale) {
	r.Object(func(name string) int {
		switch name {
		case "sale_id":
			s.ID = r.Text()
			return 1
		case "receipt":
			s.Receipt = r.Text()
			return 2
		case "workstation_id":
			s.Workstation = r.Text()
			return 3
		case "sequence_number":
			s.Sequence = r.Number()
			return 4
		case "currency_code":
			s.Currency = Currency(r.Text())
			return 5
		case "line_items":
			s.Lines = PlainList(r, (*Plain).line)
			return 6
		case "tenders":
			s.Tenders = PlainList(r, (*Plain).tender)
			return 7
		case "condensed":
			s.Condensed = r.Yes()
			return 8
		case "total":
			s.Total = Minor(r.Number())
			return 9
		}
		return 0
	})
}

func (r *Plain) line(l *Line) {
	r.Object(func(name string) int {
		switch name {
		case "sku":
			l.SKU = r.Text()
			return 1
		case "net":
			l.Net = Minor(r.Number())
			return 2
		case "extended_amount":
			l.Gross = Minor(r.Number())
			return 3
		case "quantity":
			l.Quantity = r.Number()
			return 4
		case "categories":
			l.Categories = r.strings()
			return 5
		case "discount_amount":
			l.Discount = Minor(r.Number())
			return 6
		}
		return 0
	})
}

func (r *Plain) tender(t *Tender) {
	r.Object(func(name string) int {
		switch name {
		case "tender_type":
			t.Type = r.Text()
			return 1
		case "amount":
			t.Amount = Minor(r.Number())
			return 2
		}
		return 0
	})
}

func (r *Plain) posting(p *Posting) {
	r.Object(func(name string) int {
		switch name {
		case "unit":
			p.Unit = Unit(r.Text())
			return 1
		case "amount":
			p.Amount = Points(r.Number())
			return 2
		case "from":
			p.From = LedgerAccount(r.Text())
			return 3
		case "to":
			p.To = LedgerAccount(r.Text())
			return 4
		case "rule":
			p.Rule = r.Text()
			return 5
		case "line":
			p.Line = new(r.Int())
			return 6
		case "lot":
			p.Lot = new(LotTerms)
			r.Terms(p.Lot)
			return 7
		}
		return 0
	})
}

// Terms reads those of a lot that promises nothing.
func (r *Plain) Terms(t *LotTerms) {
	r.Object(func(name string) int {
		switch name {
		case "vests_at_ms":
			t.VestsAt = Millis(r.Number())
			return 1
		case "expires_at_ms":
			t.ExpiresAt = Millis(r.Number())
			return 2
		case "idle":
			t.Idle = r.Own()
			return 3
		}
		return 0
	})
}

func (r *Plain) use(u *LimitUse) {
	r.Object(func(name string) int {
		switch name {
		case "limit":
			u.Limit = r.Text()
			return 1
		case "uses":
			u.Uses = r.Number()
			return 2
		case "amount":
			u.Amount = Points(r.Number())
			return 3
		case "rule":
			u.Rule = r.Text()
			return 4
		}
		return 0
	})
}

func (r *Plain) told(t *Told) {
	r.Object(func(name string) int {
		switch name {
		case "unit":
			t.Unit = Unit(r.Text())
			return 1
		case "balance":
			t.Balance = Points(r.Number())
			return 2
		case "as_of_ms":
			t.AsOf = Millis(r.Number())
			return 3
		case "spendable_here":
			t.Spendable = Points(r.Number())
			return 4
		case "pending":
			t.Pending = Points(r.Number())
			return 5
		case "owed":
			t.Owed = Points(r.Number())
			return 6
		}
		return 0
	})
}
