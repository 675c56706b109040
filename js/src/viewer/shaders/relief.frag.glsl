// The part under studio light: metal-roughness shading (Lambert, GGX, Schlick) with a key light, an
// analytic studio around it, shadow and occlusion from the height field, and a material's pattern.
uniform sampler2D uSlopes;
uniform sampler2D uOcclusion;
uniform sampler2D uShadow;
uniform sampler2D uPhoto;
uniform sampler2D uNoise;
uniform vec2 uExtent;
uniform float uRelief;
uniform float uBase;
uniform float uSign;
uniform float uMirror;
uniform bool uPlanar;
uniform uint uCutoff;
uniform vec3 uLight;
uniform vec3 uColour;
uniform vec3 uSecond;
uniform float uRoughness;
uniform float uMetalness;
uniform float uCoat;
uniform float uCoatRoughness;
uniform int uPattern;
uniform float uStrength;
uniform bool uTextured;
// Attenuation per unit of length where the part is lit from behind, else 0.
uniform float uAttenuation;
uniform float uThinnest;
// Left of it the photo is shown as it is.
uniform float uCompare;
// The row whose cross-section is being looked at, or -1.
uniform float uProfile;
// Places that a check found, and whether they are shown.
uniform sampler2D uMarks;
uniform bool uMarked;
// The studio is turned by this angle about y, as cosine and sine: the back is lit as the front is.
uniform vec2 uTurn;
centroid in vec2 vUv;
in vec3 vPosition;
#ifdef OBJECT
// Slope along x and y of the surface for a slope of the heights along u and v, if it is known.
uniform vec2 uSlope;
uniform bool uDetailed;
// Radians for each unit of the flat part's width, and where its middle looks from the axis; whether
// the relief looks away from that (1) or towards it (-1).
uniform float uBend;
uniform float uBendFrom;
uniform float uFacing;
// Of the flat part, with its occlusion seen from the front and from behind, and its front's heights.
uniform vec3 uSize;
uniform sampler2D uFront;
uniform sampler2D uBack;
uniform sampler2D uHigh;
in vec3 vPlace;
in vec3 vNormal;
flat in float vTop;
#else
flat in vec3 vFlat;
#endif
out vec4 colour;

const float PI = 3.14159265;

vec2 texel(vec2 uv) {
  vec2 size = vec2(textureSize(uSlopes, 0));
  return (uv * (size - 1.0) + 0.5) / size;
}

// A cell of the mesh is cut out when any of its corners is below the cutoff; same integers as the
// export.
bool cutOut(vec2 uv) {
  ivec2 last = textureSize(uHeights, 0) - 1;
  ivec2 a = clamp(ivec2(floor(uv * vec2(last))), ivec2(0), last - 1);
  uint lowest = min(
    min(texelFetch(uHeights, a, 0).r, texelFetch(uHeights, a + ivec2(1, 0), 0).r),
    min(texelFetch(uHeights, a + ivec2(0, 1), 0).r, texelFetch(uHeights, a + 1, 0).r)
  );
  return lowest < uCutoff;
}

// A soft box of the studio; a rougher surface sees it wider and weaker.
float box(vec3 r, vec3 towards, float width, float roughness) {
  float blur = 0.06 + roughness * 0.9;
  float away = acos(clamp(dot(r, towards), -1.0, 1.0));
  return (1.0 - smoothstep(width - blur * 0.5, width + blur, away)) / (1.0 + 2.2 * roughness);
}

vec3 studio(vec3 r, float roughness) {
  float up = smoothstep(-0.9, 1.0, r.y + 0.35 * r.z);
  vec3 room = mix(vec3(0.05, 0.05, 0.06), vec3(0.5, 0.52, 0.56), up);
  // The bright wall behind the viewer: what an even face of metal shows.
  room += vec3(0.52, 0.52, 0.5) * smoothstep(0.1, 1.0, r.z) * (0.55 + 0.45 * r.y + 0.3 * r.x * r.x);
  room += vec3(1.0, 0.98, 0.94) * 2.6 * box(r, normalize(vec3(-0.45, 0.8, 0.42)), 0.5, roughness);
  room += vec3(0.82, 0.9, 1.0) * 1.3 * box(r, normalize(vec3(0.92, 0.05, 0.42)), 0.3, roughness);
  room += vec3(1.0, 0.9, 0.8) * 0.7 * box(r, normalize(vec3(-0.2, -0.75, 0.65)), 0.35, roughness);
  return room;
}

float ggx(float nh, float roughness) {
  float a = max(roughness * roughness, 0.003);
  float d = nh * nh * (a * a - 1.0) + 1.0;
  return a * a / (PI * d * d);
}

// Karis 2014, "Physically based shading on mobile": the split-sum BRDF without a table.
vec2 environment(float roughness, float nv) {
  vec4 r = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
  float a = min(r.x * r.x, exp2(-9.28 * nv)) * r.x + r.y;
  return vec2(-1.04, 1.04) * a + r.zw;
}

// Narkowicz 2015, "ACES filmic tone mapping curve", then the sRGB transfer function.
vec3 display(vec3 light) {
  vec3 x = light * 0.62;
  x = clamp(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0);
  return mix(x * 12.92, 1.055 * pow(x, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, x));
}

vec3 inStudio(vec3 v) {
  return vec3(uTurn.x * v.x - uTurn.y * v.z, v.y, uTurn.y * v.x + uTurn.x * v.z);
}

void main() {
#ifdef OBJECT
  bool top = vTop > 0.5;
#else
  bool top = vFlat == vec3(0.0);
  if (uPlanar && uCutoff > 0u && cutOut(vUv)) discard;
#endif
  // At the very edge a place may lie a little outside of the photo.
  if (top && uCompare > 0.0 && vUv.x < uCompare) {
    vec3 photo = texture(uPhoto, vUv).rgb;
    colour = vec4(1.055 * pow(photo, vec3(1.0 / 2.4)) - 0.055, 1.0);
    return;
  }

  vec3 view = normalize(cameraPosition - vPosition);
  vec2 occlusion = vec2(0.0);
  float lit = 1.0;
  // The shadows are those of the studio as it stands for the front.
  float ahead = 0.5 + 0.5 * uTurn.x;
#ifdef OBJECT
  vec3 normal = normalize(vNormal);
  float angle = uBendFrom + uBend * vPlace.x;
  vec3 along = vec3(cos(angle), 0.0, -sin(angle));
  vec3 outwards = vec3(sin(angle), 0.0, cos(angle));
  if (top && uDetailed) {
    vec2 slope = uSlope * texture(uSlopes, texel(vUv)).rg;
    normal = normalize(uFacing * outwards - slope.x * along - vec3(0.0, slope.y, 0.0));
  }
  vec2 place = vec2(vPlace.x / uSize.x + 0.5, 0.5 - vPlace.y / uSize.y);
  float faces = uFacing * dot(normal, outwards);
  if (faces > 0.0) {
    // What another part of the object lies over is in the dark anyway.
    float clear = 1.0 - smoothstep(0.02, 0.05, texture(uHigh, place).b - vPlace.z / uSize.z);
    float flatness = top ? 1.0 : smoothstep(0.2, 0.6, faces);
    occlusion = uSize.z * texture(uFront, place).rg * flatness * clear;
    if (uBend == 0.0) lit = mix(1.0, texture(uShadow, place).r, flatness * ahead);
  } else {
    // Letters are not deep: their ground is darker, too, or they would be seen at an angle only.
    float even = smoothstep(0.2, 0.6, -faces);
    occlusion = 2.0 * uSize.z * texture(uBack, place).rg * even;
    float recessed = even * smoothstep(0.0, 0.003, vPlace.z);
    occlusion.y += 0.2 * recessed;
    lit = 1.0 - 0.3 * recessed;
  }
#else
  // A wall that is seen at its edge alone is less than a pixel wide: lit as a wall it is a row of
  // dashes along the part.
  float broad = smoothstep(0.03, 0.1, dot(vFlat, view));
  vec3 normal = normalize(mix(vec3(0.0, 0.0, view.z < 0.0 ? -1.0 : 1.0), vFlat, broad));
  if (top) {
    vec2 slope = uSign * uRelief * texture(uSlopes, texel(vUv)).rg / uExtent;
    normal = normalize(vec3(-slope.x * uMirror, slope.y, 1.0));
    occlusion = uSign * uRelief * texture(uOcclusion, vUv).rg;
    lit = mix(1.0, texture(uShadow, vUv).r, ahead);
  }
#endif
  if (dot(normal, view) < 0.0 && uPlanar) normal = -normal;

  // Patterns
  vec2 p = vPosition.xy + vPosition.z * vec2(0.3, 0.7);
  vec3 base = uColour;
  float roughness = uRoughness, metal = uMetalness, coat = uCoat;
  vec3 bumped = normal;
  // Of 0 to 1: how much of a recess this is, 0.5 on an even surface.
  float recess = clamp(0.5 + 2.2 * occlusion.x + 1.6 * occlusion.y, 0.0, 1.0);
  if (uPattern == LAYERS) {
    float period = 190.0;
    float fade = 1.0 - smoothstep(0.25, 0.9, fwidth(p.y) * period);
    float line = sin(2.0 * PI * p.y * period) * fade;
    float grain = texture(uNoise, p * 6.0).r - 0.5;
    base = mix(base, uSecond, uStrength * clamp(0.25 - 0.25 * line + grain, 0.0, 1.0));
    bumped = normalize(normal + vec3(0.0, 0.035 * line * uStrength, 0.0));
  } else if (uPattern == BRUSHED) {
    float streak = texture(uNoise, p * vec2(0.9, 9.0)).b - 0.5;
    float fine = texture(uNoise, p * vec2(2.3, 31.0)).b - 0.5;
    base = mix(base, uSecond, uStrength * clamp(0.35 + 0.9 * streak + 0.5 * fine, 0.0, 1.0));
    bumped = normalize(normal + vec3(0.0, (0.22 * streak + 0.16 * fine) * uStrength, 0.0));
    roughness += 0.25 * fine;
  } else if (uPattern == AGED) {
    float cloud = texture(uNoise, p * 1.7).g - 0.5;
    float dark = uStrength * smoothstep(0.42, 0.95, recess + 0.22 * cloud);
    base = mix(base, uSecond, dark);
    metal *= 1.0 - 0.7 * dark;
    roughness = mix(roughness, max(roughness, 0.6 * (1.0 - coat) + coat * roughness), dark);
    base *= 1.0 + 0.18 * cloud * (1.0 - coat);
  } else if (uPattern == PATINA) {
    float cloud = texture(uNoise, p * 1.3).g + 0.6 * texture(uNoise, p * 4.3 + 0.3).g - 0.8;
    float grain = texture(uNoise, p * 8.0).r - 0.5;
    float green = uStrength * smoothstep(0.34, 0.78, recess + 0.42 * cloud + 0.2 * grain);
    base = mix(base, uSecond * (1.0 + 0.35 * cloud + 0.25 * grain), green);
    metal *= 1.0 - green;
    roughness = mix(roughness, 0.88, green);
  } else if (uPattern == MARBLE) {
    vec2 warp = vec2(texture(uNoise, p * 0.55).g, texture(uNoise, p * 0.55 + 0.37).g) - 0.5;
    float vein = texture(uNoise, p * 0.8 + warp * 0.5).a;
    float thin = texture(uNoise, p * 2.1 + warp * 1.1).a;
    float cloud = texture(uNoise, p * 0.9).g;
    float dark = clamp(0.95 * pow(vein, 5.0) + 0.45 * pow(thin, 8.0) + 0.22 * cloud - 0.06, 0.0, 1.0);
    base = mix(base, uSecond, uStrength * dark);
  } else if (uPattern == CLAY) {
    float grain = texture(uNoise, p * 7.0).r - 0.5;
    float cloud = texture(uNoise, p * 1.3).g - 0.5;
    base = mix(base, uSecond, uStrength * clamp(0.3 + 0.9 * cloud + 0.8 * grain + 0.5 * (recess - 0.5), 0.0, 1.0));
    bumped = normalize(normal + vec3(grain, texture(uNoise, p * 7.0 + 0.5).r - 0.5, 0.0) * 0.3 * uStrength);
  } else if (uPattern == WOOD) {
    vec2 q = vec2(p.x * 0.35, p.y);
    float bend = texture(uNoise, q * 0.7).g;
    float ring = fract(q.y * 7.0 + bend * 3.4 + 0.6 * vPosition.z * 7.0);
    ring = smoothstep(0.0, 0.75, ring) * (1.0 - smoothstep(0.86, 1.0, ring));
    float pore = texture(uNoise, p * vec2(1.2, 22.0)).b;
    float dark = clamp(0.7 * ring + 0.75 * smoothstep(0.55, 0.85, pore) - 0.1 + 0.5 * (recess - 0.5), 0.0, 1.0);
    base = mix(base, uSecond, uStrength * dark);
    bumped = normalize(normal + vec3(0.0, 0.12 * (pore - 0.5), 0.0));
    roughness += 0.15 * (pore - 0.5);
  }
  if (uTextured) {
    base = texture(uPhoto, vUv).rgb;
    metal = 0.0;
    roughness = max(roughness, 0.5);
    bumped = normal;
    coat *= 0.4;
  }
  roughness = clamp(roughness, 0.05, 1.0);

  // Light, as the studio stands
  view = inStudio(view);
  normal = inStudio(normal);
  bumped = inStudio(bumped);
  float open = clamp(1.0 - 1.9 * max(occlusion.x, 0.0) - 1.5 * max(occlusion.y, 0.0), 0.3, 1.0);
  open *= 1.0 + 0.25 * clamp(-occlusion.x - occlusion.y, 0.0, 0.6);
  float nl = max(dot(bumped, uLight), 0.0);
  float nv = max(dot(bumped, view), 0.02);
  vec3 halfway = normalize(uLight + view);
  float nh = max(dot(bumped, halfway), 0.0);
  float vh = max(dot(view, halfway), 0.0);
  vec3 f0 = mix(vec3(0.04), base, metal);
  vec3 fresnel = f0 + (1.0 - f0) * pow(1.0 - vh, 5.0);
  float k = (roughness + 1.0) * (roughness + 1.0) / 8.0;
  float masking = 0.25 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k));
  vec3 key = vec3(1.0, 0.97, 0.92) * 2.15 * nl * mix(0.22, 1.0, lit);
  vec3 diffuse = base * (1.0 - metal);
  vec3 light = key * (diffuse / PI * 2.1 + fresnel * min(ggx(nh, roughness) * masking, 6.0));

  float fill = 0.5 + 0.5 * dot(bumped, normalize(vec3(-uLight.x, -uLight.y * 0.4, 0.9)));
  float sky = 0.5 + 0.5 * bumped.y;
  vec3 around = vec3(0.29, 0.3, 0.33) * fill + vec3(0.16, 0.16, 0.16) * sky;
  light += diffuse * around * open;
  vec2 brdf = environment(roughness, nv);
  float seen = clamp(open * open + 0.1, 0.0, 1.0) * mix(0.55, 1.0, lit);
  light += studio(reflect(-view, bumped), roughness) * (f0 * brdf.x + brdf.y) * seen;
  if (coat > 0.0) {
    float nvc = max(dot(normal, view), 0.02);
    float shine = 0.06 + 0.94 * pow(1.0 - nvc, 5.0);
    float glint = min(ggx(max(dot(normal, halfway), 0.0), uCoatRoughness), 40.0) * 0.06;
    light *= 1.0 - coat * shine;
    light += coat * (studio(reflect(-view, normal), uCoatRoughness) * shine * seen + key * glint * step(0.0, dot(normal, uLight)));
  }
  if (uAttenuation > 0.0) {
    // Lit from behind: what comes through follows the thickness (Beer-Lambert); a dim room in front.
    // The grid may be coarse; the thickness is not.
    float g = top ? heightAt(vUv) : vPosition.z / max(uBase + uRelief, 1e-6);
    float raised = uRelief * (uSign < 0.0 ? 1.0 - g : g);
    float through = exp(-uAttenuation * max(uBase + raised - uThinnest, 0.0));
    vec3 tint = pow(uColour, vec3(1.0 + 1.2 * (1.0 - through)));
    light = light * 0.06 + (top ? tint * through * 1.9 : tint * 0.12);
  }
  colour = vec4(display(light), 1.0);

  if (uMarked && top) {
    vec2 cells = vec2(textureSize(uMarks, 0));
    float mark = texture(uMarks, (vUv * (cells - 1.0) + 0.5) / cells).r;
    float grey = dot(colour.rgb, vec3(0.3, 0.59, 0.11));
    vec3 red = vec3(0.55, 0.02, 0.06) + vec3(0.45, 0.12, 0.14) * grey;
    colour.rgb = mix(mix(colour.rgb, vec3(grey), 0.5), red, smoothstep(0.1, 0.6, mark));
  }
  if (uProfile >= 0.0 && top) {
    float away = abs(vUv.y - uProfile) / max(fwidth(vUv.y), 1e-6);
    colour.rgb = mix(vec3(0.98, 0.36, 0.16), colour.rgb, smoothstep(0.6, 1.6, away));
  }
}
