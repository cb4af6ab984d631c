/** Colours as eyes tell them apart: contrast of WCAG 2.2, CIEDE2000, and three kinds of colour blindness. */

/** Red, green and blue in linear light, 0 to 1. */
export type Light = readonly [number, number, number]

export const VISIONS = ['normal', 'protan', 'deutan', 'tritan'] as const
export type Vision = (typeof VISIONS)[number]

/**
 * Who lacks one kind of cone altogether, on linear light: G. M. Machado, M. M. Oliveira and
 * L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
 * IEEE Transactions on Visualization and Computer Graphics 15 (2009), severity 1.0.
 */
const MATRICES: Record<Vision, readonly Light[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

/** "#0b5cad" */
export function lightOf(hex: string): Light {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [channel(1), channel(3), channel(5)]
}

function luminance(hex: string): number {
  const [red, green, blue] = lightOf(hex)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

export function contrast(one: string, other: string): number {
  const [dark, bright] = [luminance(one), luminance(other)].toSorted((a, b) => a - b) as [
    number,
    number,
  ]
  return (bright + 0.05) / (dark + 0.05)
}

/** How far two colours are from each other for a vision: from about 2 on, side by side, seen. */
export function distance(one: string, other: string, vision: Vision): number {
  return ciede2000(labOf(seen(lightOf(one), vision)), labOf(seen(lightOf(other), vision)))
}

function seen(light: Light, vision: Vision): Light {
  return MATRICES[vision].map(([red, green, blue]) =>
    Math.min(1, Math.max(0, red * light[0] + green * light[1] + blue * light[2])),
  ) as unknown as Light
}

function bent(value: number): number {
  return value > 216 / 24389 ? Math.cbrt(value) : (value * 24389) / 27 / 116 + 16 / 116
}

/** CIE L*a*b* under D65. */
function labOf([red, green, blue]: Light): Light {
  const x = bent((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047)
  const y = bent(0.2126729 * red + 0.7151522 * green + 0.072175 * blue)
  const z = bent((0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / 1.08883)
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

const radians = (degrees: number) => (degrees * Math.PI) / 180
const degrees = (radian: number) => (radian * 180) / Math.PI
const seventh = (value: number) => Math.sqrt(value ** 7 / (value ** 7 + 25 ** 7))

/** After G. Sharma, W. Wu and E. N. Dalal (2005), whose pairs of colours the test compares with. */
export function ciede2000([l1, a1, b1]: Light, [l2, a2, b2]: Light): number {
  const g = 0.5 * (1 - seventh((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2))
  const [c1, h1] = polar(a1 * (1 + g), b1)
  const [c2, h2] = polar(a2 * (1 + g), b2)
  const turn = c1 * c2 === 0 ? 0 : ((((h2 - h1 + 180) % 360) + 360) % 360) - 180
  const hue = c1 * c2 === 0 ? h1 + h2 : meanHue(h1, h2)
  const [lightness, chroma] = [(l1 + l2) / 2, (c1 + c2) / 2]
  const offGrey = (lightness - 50) ** 2
  const dl = (l2 - l1) / (1 + (0.015 * offGrey) / Math.sqrt(20 + offGrey))
  const dc = (c2 - c1) / (1 + 0.045 * chroma)
  const dh =
    (2 * Math.sqrt(c1 * c2) * Math.sin(radians(turn / 2))) / (1 + 0.015 * chroma * hueWeight(hue))
  const bend = -Math.sin(radians(60 * Math.exp(-(((hue - 275) / 25) ** 2)))) * 2 * seventh(chroma)
  return Math.sqrt(dl ** 2 + dc ** 2 + dh ** 2 + bend * dc * dh)
}

function polar(a: number, b: number): [chroma: number, hue: number] {
  return [Math.hypot(a, b), (degrees(Math.atan2(b, a)) + 360) % 360]
}

function meanHue(h1: number, h2: number): number {
  if (Math.abs(h1 - h2) <= 180) return (h1 + h2) / 2
  return (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2
}

function hueWeight(hue: number): number {
  const wave = (factor: number, shift: number) => Math.cos(radians(factor * hue + shift))
  return 1 - 0.17 * wave(1, -30) + 0.24 * wave(2, 0) + 0.32 * wave(3, 6) - 0.2 * wave(4, -63)
}
