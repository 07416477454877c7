"""A bar chart as SVG, by hand: one bar per contender, a line from the least to the most."""
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 760, 110, 150, 26, 16, 64
COLOURS = {"shikaku": "#1f6f8b"}
OTHER = "#b8c4cc"


def bars(title, subtitle, rows, form="{:,.0f}/s"):
    """rows: (name, least, median, most). Returns the SVG's text."""
    height = TOP + len(rows) * (BAR + GAP) + 12
    scale = (WIDTH - LEFT - RIGHT) / max((row[3] for row in rows), default=1)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
           f'font-family="sans-serif" font-size="13"><title>{escape(title)}</title>',
           f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
           f'<text x="16" y="26" font-size="17" font-weight="bold">{escape(title)}</text>',
           f'<text x="16" y="46" fill="#56636b">{escape(subtitle)}</text>']
    for index, (name, least, median, most) in enumerate(rows):
        y = TOP + index * (BAR + GAP)
        middle = y + BAR / 2
        length = max(1.0, median * scale)
        out += [f'<text x="{LEFT - 10}" y="{middle + 5}" text-anchor="end">{escape(name)}</text>',
                f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" '
                f'fill="{COLOURS.get(name, OTHER)}"/>',
                f'<path d="M{LEFT + least * scale:.1f} {middle}H{LEFT + most * scale:.1f}" '
                'stroke="#20292e" stroke-width="2"/>',
                f'<text x="{LEFT + most * scale + 10:.1f}" y="{middle + 5}">{form.format(median)}'
                '</text>']
    out.append("</svg>")
    return "\n".join(out) + "\n"
