"""Interprets a receipt printer's job, on its own: commands from the makers'
references, letters by Python's codecs, codes drawn by zint. It knows nothing of
the program that made the job.

    interpret.py epson|star NUMBERS-FILE VENDOR COLUMNS PAGE.html < job

writes the paper as lines of JSON, one per line of paper, and as a page that a
browser can show, with each picture in a file beside it. A byte that it does not know ends it with an error.
"""
import base64, html, json, struct, subprocess, sys, tempfile, zlib

language, numbers, vendor, columns, page = sys.argv[1:]
job, at = sys.stdin.buffer.read(), 0
codecs = {}
for row in open(numbers):
    if not row.startswith('#'):
        who, number, codec = row.split()
        if who == vendor:
            codecs[int(number)] = codec

paper, state = [], {'bold': False, 'double': False, 'center': False, 'page': None}
text, looks = '', None
codes = {'size': 3, 'level': 0, 'data': b'', 'height': 162, 'module': 3}


def take(n):
    global at
    taken, at = job[at:at + n], at + n
    if len(taken) < n:
        sys.exit('the job ends within a command')
    return taken


def feed():
    global text, looks
    paper.append({'text': text, **(looks or {k: state[k] for k in ('bold', 'double')})})
    text, looks = '', None


def letter(byte):
    global text, looks
    codec = codecs.get(state['page'])
    if byte >= 0x80 and codec is None:
        sys.exit(f'page {state["page"]} is none of {vendor}')
    looks = looks or {k: state[k] for k in ('bold', 'double')}
    text += bytes([byte]).decode(codec if byte >= 0x80 else 'ascii')


def png(width, rows):
    """A picture of rows of bytes, 1 is black."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    raw = b''.join(b'\0' + bytes(255 - b for b in row) for row in rows)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width * 8, len(rows), 1, 0, 0, 0, 0)) +
            chunk(b'IDAT', zlib.compress(raw)) + chunk(b'IEND', b''))


def picture(width, data):
    rows = [data[i:i + width] for i in range(0, len(data), width)]
    paper.append({'picture': base64.b64encode(png(width, rows)).decode(), 'width': width * 8, 'height': len(rows)})


def zint(kind, data, *options):
    with tempfile.NamedTemporaryFile(suffix='.png') as out:
        subprocess.run(['zint', f'--barcode={kind}', '--binary', f'--output={out.name}', f'--data={data.decode("ascii")}', *options], check=True)
        drawn = open(out.name, 'rb').read()
    width, height = struct.unpack('>II', drawn[16:24])
    paper.append({'picture': base64.b64encode(drawn).decode(), 'width': width, 'height': height, 'kind': kind,
                  'code': data.decode('ascii'), 'center': state['center']})


def qr():
    level, scale = 1 + 'LMQH'.index('LMQH'[codes['level']]), codes['size'] / 2
    zint('QRCODE', codes['data'], f'--secure={level}', f'--scale={scale}')


def bars(data):
    zint('CODE128', data, f'--scale={codes["module"] / 2}', f'--height={codes["height"] / codes["module"]}', '--notext')


def code128(data):
    """Epson's: {A {B {C choose a set, {{ is a brace."""
    plain, i = b'', 0
    if data[:1] != b'{':
        sys.exit('Code 128 without a set is printed as text')
    while i < len(data):
        if data[i:i + 1] == b'{':
            if data[i + 1:i + 2] not in (b'A', b'B'):
                sys.exit(f'Code 128: {data[i:i + 2]!r}')
            i += 2
            continue
        plain, i = plain + data[i:i + 1], i + 1
    return plain


def epson():
    c = take(1)
    two = c + take(1)
    if two == b'\x1b@':
        state.update(bold=False, double=False, center=False, page=0)
    elif two == b'\x1c.':
        pass
    elif two == b'\x1bR':
        assert take(1) == b'\0'
    elif two == b'\x1bt':
        state['page'] = take(1)[0]
    elif two == b'\x1bE':
        state['bold'] = take(1)[0] & 1 == 1
    elif two == b'\x1d!':
        state['double'] = {0: False, 0x11: True}[take(1)[0]]
    elif two == b'\x1ba':
        state['center'] = {0: False, 1: True}[take(1)[0]]
    elif two == b'\x1bd':
        for _ in range(take(1)[0]):
            feed()
    elif two == b'\x1dV':
        assert take(2) == b'B\0'
        paper.append({'cut': True})
    elif two == b'\x1dh':
        codes['height'] = take(1)[0]
    elif two == b'\x1dw':
        codes['module'] = take(1)[0]
    elif two == b'\x1dH':
        assert take(1) == b'\0'
    elif two == b'\x1dk':
        kind, n = take(2)
        assert kind == 73
        bars(code128(take(n)))
    elif two == b'\x1dv':
        assert take(2) == b'0\0'
        width, height = struct.unpack('<HH', take(4))
        picture(width, take(width * height))
    elif two == b'\x1d(':
        assert take(1) == b'k'
        n, = struct.unpack('<H', take(2))
        data = take(n)
        assert data[0] == 49
        function, rest = data[1], data[2:]
        if function == 65:
            assert rest == b'2\0'
        elif function == 67:
            codes['size'] = rest[0]
        elif function == 69:
            codes['level'] = rest[0] - 48
        elif function == 80:
            codes['data'] = rest[1:]
        elif function == 81:
            qr()
        else:
            sys.exit(f'GS ( k {function}')
    else:
        sys.exit(f'command {two!r} at {at}')


bands = []


def star():
    """Line Mode. ESC k bands that follow each other are one picture."""
    two = take(2)
    if two == b'\x1b@':
        state.update(bold=False, double=False, center=False, page=1)
    elif two == b'\x1bR':
        assert take(1) == b'\0'
    elif two == b'\x1bE':
        state['bold'] = True
    elif two == b'\x1bF':
        state['bold'] = False
    elif two == b'\x1bi':
        high, wide = take(2)
        assert high == wide and high < 2
        state['double'] = high == 1
    elif two == b'\x1ba':
        for _ in range(take(1)[0]):
            feed()
    elif two == b'\x1bd':
        assert take(1) == b'\x03'
        paper.append({'cut': True})
    elif two == b'\x1bb':
        kind, layout, module, height = take(4)
        assert kind == 0x36 and layout == 0x31
        codes['module'], codes['height'] = module - 0x31 + 2, height
        data = b''
        while (b := take(1)) != b'\x1e':
            data += b
        bars(data)
    elif two == b'\x1b0':
        bands.clear()
    elif two == b'\x1bk':
        width = struct.unpack('<H', take(2))[0]
        bands.append((width, take(width * 24)))
        assert take(1) == b'\n'
    elif two == b'\x1bz':
        assert take(1) == b'1'
        if bands:
            picture(bands[0][0], b''.join(data for _, data in bands))
    elif two == b'\x1b\x1e':
        assert take(2) == b'F\0'
    elif two == b'\x1b\x1d':
        three = take(1)
        if three == b't':
            state['page'] = take(1)[0]
        elif three == b'a':
            state['center'] = take(1)[0] == 1
        elif three == b'y':
            function = take(1)
            if function == b'S':
                what, value = take(2)
                if what == 0x32:
                    codes['size'] = value
                elif what == 0x31:
                    codes['level'] = value
                else:
                    assert (what, value) == (0x30, 2)
            elif function == b'D':
                assert take(2) == b'1\0'
                codes['data'] = take(struct.unpack('<H', take(2))[0])
            elif function == b'P':
                qr()
        else:
            sys.exit(f'ESC GS {three!r}')
    else:
        sys.exit(f'command {two!r} at {at}')


commands = {'epson': epson, 'star': star}[language]
while at < len(job):
    byte = job[at]
    if byte == 0x0a:
        at += 1
        if paper and paper[-1].get('kind') == 'QRCODE' and not text:
            continue  # ends the code's own line
        feed()
    elif byte >= 0x20 and byte != 0x7f:
        letter(take(1)[0])
    else:
        commands()
if text:
    sys.exit(f'{text!r} is never fed out')

body = ''
for line in paper:
    if 'text' in line:
        looks = ' '.join(k for k in ('bold', 'double') if line[k])
        body += f'<p class="{looks}">{html.escape(line["text"])}</p>'
    elif 'picture' in line:
        place = ' class="center"' if line.get('center') else ''
        open(f'{page}.{len(body)}.png', 'wb').write(base64.b64decode(line['picture']))
        body += f'<div{place}><img width="{line["width"]}" height="{line["height"]}" src="data:image/png;base64,{line["picture"]}"></div>'
    else:
        body += '<hr>'
    line.pop('picture', None)
    print(json.dumps(line))
with open(page, 'w') as out:
    out.write(f'''<!doctype html><meta charset="utf-8"><style>
body{{margin:0;padding:24px;background:#888;width:max-content}} main{{background:#fff;color:#111;padding:24px 18px;width:{int(columns) * 12}px}}
p{{margin:0;white-space:pre;font:20px/30px "DejaVu Sans Mono",monospace;letter-spacing:-0.04px;height:30px}}
.bold{{font-weight:bold}} .double{{font-size:40px;line-height:56px;height:56px}} .center{{text-align:center}}
div{{line-height:0}} hr{{border:0;border-top:2px dashed #888}}</style><main>{body}</main>''')
