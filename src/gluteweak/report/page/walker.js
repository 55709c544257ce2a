"use strict";
/* The walker in three dimensions: bones and muscles where OpenSim placed them. */
const BODY = {};

function unpackWalkers() {
  const surfaces = DATA.surfaces;
  BODY.byScenario = new Map();
  if (!surfaces.bodies) return;
  BODY.bones = surfaces.bones.map((bone) => ({ body: bone.body, vertices: shorts(bone.vertices), faces: indices(bone.faces) }));
  for (const packed of DATA.walkers) {
    const walker = {
      scenario: packed.scenario, instants: packed.instants, duration: packed.duration, distance: packed.distance,
      q: shorts(packed.quaternions), o: shorts(packed.origins), muscle: indices(packed.pointMuscle), body: indices(packed.pointBody),
      still: floats(packed.pointStill), moving: indices(packed.moving), path: shorts(packed.pointMoving),
      tension: shorts(packed.tension), strength: packed.strength, joints: packed.joints,
      reaction: shorts(packed.reaction), pressure: shorts(packed.pressure),
    };
    walker.slot = new Int32Array(walker.muscle.length).fill(-1);
    walker.moving.forEach((point, row) => { walker.slot[point] = row; });
    BODY.byScenario.set(packed.scenario, walker);
  }
  /* One scale of force for all: what nine in ten muscles never pass. */
  const peaks = [];
  for (const walker of BODY.byScenario.values()) {
    const count = surfaces.muscles.length;
    for (let m = 0; m < count; m++) {
      let top = 0;
      for (let i = 0; i < walker.instants; i++) top = Math.max(top, walker.tension[i * count + m]);
      peaks.push(top);
    }
  }
  peaks.sort((a, b) => a - b);
  BODY.forceMax = Math.max(100, Math.ceil((peaks[Math.floor(peaks.length * 0.9)] || 100) / 100) * 100);
}

/* Where everything is at a part (0..1) of the cycle of a walker: bodies, path points, tensions, in ground. */
function pose(walker, share) {
  const bodies = DATA.surfaces.bodies.length, last = walker.instants - 1;
  const place = ((share % 1) + 1) % 1 * last, i = Math.min(Math.floor(place), last - 1), part = place - i;
  const q = new Float32Array(bodies * 4), o = new Float32Array((bodies + 1) * 3), n = walker.instants;
  for (let b = 0; b < bodies; b++) {
    let size = 0;
    for (let k = 0; k < 4; k++) {
      const value = walker.q[(b * n + i) * 4 + k] * (1 - part) + walker.q[(b * n + i + 1) * 4 + k] * part;
      q[b * 4 + k] = value; size += value * value;
    }
    size = Math.sqrt(size);
    for (let k = 0; k < 4; k++) q[b * 4 + k] /= size;
    for (let k = 0; k < 3; k++) o[b * 3 + k] = walker.o[(b * n + i) * 3 + k] * (1 - part) + walker.o[(b * n + i + 1) * 3 + k] * part;
  }
  const points = new Float32Array(walker.muscle.length * 3), local = [0, 0, 0];
  for (let p = 0; p < walker.muscle.length; p++) {
    const row = walker.slot[p], b = walker.body[p];
    for (let k = 0; k < 3; k++) {
      local[k] = row < 0 ? walker.still[p * 3 + k]
        : walker.path[(row * n + i) * 3 + k] * (1 - part) + walker.path[(row * n + i + 1) * 3 + k] * part;
    }
    carry(q, o, b, bodies, local, points, p * 3);
  }
  const muscles = DATA.surfaces.muscles.length, tension = new Float32Array(muscles);
  for (let m = 0; m < muscles; m++) tension[m] = walker.tension[i * muscles + m] * (1 - part) + walker.tension[(i + 1) * muscles + m] * part;
  const push = new Float32Array(6), where = new Float32Array(6);
  for (let s = 0; s < 2; s++) for (let k = 0; k < 3; k++) {
    push[s * 3 + k] = walker.reaction[(s * n + i) * 3 + k] * (1 - part) + walker.reaction[(s * n + i + 1) * 3 + k] * part;
    where[s * 3 + k] = walker.pressure[(s * n + i) * 3 + k];
  }
  return { q, o, points, tension, push, where };
}
/* A place in a body, in ground. */
function carry(q, o, b, bodies, local, out, start) {
  const [x, y, z] = local;
  if (b >= bodies) { out[start] = x; out[start + 1] = y; out[start + 2] = z; return; }
  const w = q[b * 4], i = q[b * 4 + 1], j = q[b * 4 + 2], k = q[b * 4 + 3];
  const tx = 2 * (j * z - k * y), ty = 2 * (k * x - i * z), tz = 2 * (i * y - j * x);
  out[start] = o[b * 3] + x + w * tx + (j * tz - k * ty);
  out[start + 1] = o[b * 3 + 1] + y + w * ty + (k * tx - i * tz);
  out[start + 2] = o[b * 3 + 2] + z + w * tz + (i * ty - j * tx);
}
function blend(a, b, part) {
  if (part >= 1) return b;
  const mixed = {};
  for (const name of ["o", "points", "tension", "push", "where"]) {
    mixed[name] = new Float32Array(b[name].length);
    const same = a[name].length === b[name].length;
    for (let i = 0; i < b[name].length; i++) mixed[name][i] = same ? a[name][i] * (1 - part) + b[name][i] * part : b[name][i];
  }
  mixed.q = new Float32Array(b.q.length);
  for (let k = 0; k < b.q.length; k += 4) {
    const dot = a.q[k] * b.q[k] + a.q[k + 1] * b.q[k + 1] + a.q[k + 2] * b.q[k + 2] + a.q[k + 3] * b.q[k + 3], sign = dot < 0 ? -1 : 1;
    let size = 0;
    for (let c = 0; c < 4; c++) { mixed.q[k + c] = sign * a.q[k + c] * (1 - part) + b.q[k + c] * part; size += mixed.q[k + c] ** 2; }
    for (let c = 0; c < 4; c++) mixed.q[k + c] /= Math.sqrt(size);
  }
  return mixed;
}

const RAMP = ["#f2c7b2", "#e98d6c", "#cf4446", "#97205a", "#4d0d4f"];
class Stage {
  constructor(canvas) {
    this.canvas = canvas;
    this.renderer = new THREE.WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.renderer.outputEncoding = THREE.sRGBEncoding;
    this.scene = new THREE.Scene();
    this.camera = new THREE.PerspectiveCamera(24, 1, 0.1, 40);
    this.azimuth = 0; this.height = 0.05; this.distance = 5.75; this.wanted = null; this.quality = 1;
    this.scene.add(new THREE.HemisphereLight(0xffffff, 0x8d8578, 0.5));
    this.key = new THREE.DirectionalLight(0xfffaf0, 0.62); this.scene.add(this.key);
    this.rim = new THREE.DirectionalLight(0xdfe8ff, 0.25); this.scene.add(this.rim);
    this.geometries = BODY.bones.map((bone) => {
      const geometry = new THREE.BufferGeometry();
      geometry.setAttribute("position", new THREE.BufferAttribute(bone.vertices, 3));
      geometry.setIndex(new THREE.BufferAttribute(bone.faces, 1));
      geometry.computeVertexNormals();
      return geometry;
    });
    this.bone = new THREE.MeshStandardMaterial({ color: this.colour("#e9dfc9"), roughness: 0.72, metalness: 0 });
    this.shadow = new THREE.MeshStandardMaterial({ color: this.colour("#5f8fc4"), roughness: 0.9, transparent: true, opacity: 0.2, depthWrite: false });
    this.bones = this.geometries.map((geometry) => this.add(new THREE.Mesh(geometry, this.bone)));
    this.ghost = this.geometries.map((geometry) => { const mesh = this.add(new THREE.Mesh(geometry, this.shadow)); mesh.renderOrder = 2; return mesh; });
    const bar = new THREE.CylinderGeometry(1, 1, 1, 8, 1, false);
    bar.translate(0, 0.5, 0);
    this.bar = bar;
    this.most = Math.max(1, ...[...BODY.byScenario.values()].map((walker) => walker.muscle.length));
    this.muscles = new THREE.InstancedMesh(bar, new THREE.MeshStandardMaterial({ roughness: 0.55 }), this.most);
    this.muscles.setColorAt(0, new THREE.Color());
    this.muscles.frustumCulled = false; this.scene.add(this.muscles);
    this.edges = new THREE.InstancedMesh(bar, new THREE.MeshBasicMaterial({ color: this.colour("#00889a"), side: THREE.BackSide }), this.most);
    this.edges.frustumCulled = false; this.scene.add(this.edges);
    this.ramp = RAMP.map((text) => this.colour(text));
    this.lines = {};
    for (const name of ["trunk", "pelvis", "thigh", "knee"]) {
      const mesh = this.add(new THREE.Mesh(bar, new THREE.MeshBasicMaterial({ depthTest: false, transparent: true, opacity: 0.92 })));
      mesh.renderOrder = 5; this.lines[name] = mesh;
    }
    this.arrows = [0, 1].map(() => this.add(new THREE.Mesh(bar, new THREE.MeshBasicMaterial({ depthTest: false, transparent: true, opacity: 0.6 }))));
    this.heads = [0, 1].map((i) => this.add(new THREE.Mesh(new THREE.ConeGeometry(1, 1, 14).translate(0, 0.5, 0), this.arrows[i].material)));
    [...this.arrows, ...this.heads].forEach((mesh) => { mesh.renderOrder = 4; });
    this.floor = new THREE.Group(); this.scene.add(this.floor);
    this.floorMaterial = new THREE.LineBasicMaterial({ transparent: true, opacity: 0.5 });
    const ends = [];
    for (let k = -12; k <= 12; k++) ends.push(k * 0.25, 0, -1.5, k * 0.25, 0, 1.5);
    for (let k = -6; k <= 6; k++) ends.push(-3, 0, k * 0.25, 3, 0, k * 0.25);
    this.floor.add(new THREE.LineSegments(new THREE.BufferGeometry().setAttribute("position", new THREE.Float32BufferAttribute(ends, 3)), this.floorMaterial));
    this.up = new THREE.Vector3(0, 1, 0); this.a = new THREE.Vector3(); this.b = new THREE.Vector3();
    this.matrix = new THREE.Matrix4(); this.turn = new THREE.Quaternion(); this.tint = new THREE.Color();
    this.listen();
  }
  colour(text) { return new THREE.Color(text).convertSRGBToLinear(); }
  add(mesh) { mesh.frustumCulled = false; this.scene.add(mesh); return mesh; }
  listen() {
    let from = null;
    this.canvas.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; this.canvas.setPointerCapture(event.pointerId); });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      this.orbit((event.clientX - from[0]) * 0.008, event.pointerType === "touch" ? 0 : (event.clientY - from[1]) * 0.005);
      from = [event.clientX, event.clientY];
    });
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => { from = null; });
    this.canvas.addEventListener("wheel", (event) => { if (event.ctrlKey) { event.preventDefault(); this.zoom(event.deltaY > 0 ? 1.08 : 0.926); } }, { passive: false });
    this.canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, 0.08], ArrowDown: [0, -0.08] }[event.key];
      if (step) { this.orbit(...step); event.preventDefault(); }
      if (event.key === "+" || event.key === "=") this.zoom(0.926);
      if (event.key === "-") this.zoom(1.08);
    });
  }
  orbit(x, y) { this.wanted = null; this.azimuth += x; this.height = Math.min(1.2, Math.max(-0.1, this.height + y)); if (this.onorbit) this.onorbit(); this.changed(); }
  zoom(by) { this.distance = Math.min(9, Math.max(1.6, this.distance * by)); this.changed(); }
  look(azimuth, height, at_once) { if (at_once) { this.azimuth = azimuth; this.height = height; this.wanted = null; } else this.wanted = [azimuth, height]; this.changed(); }
  changed() { if (this.onchange) this.onchange(); }
  colours(style) {
    for (const name of Object.keys(this.lines)) this.lines[name].material.color.copy(this.colour(style.getPropertyValue("--" + name).trim()));
    for (const arrow of this.arrows) arrow.material.color.copy(this.colour(style.getPropertyValue("--push").trim()));
    this.floorMaterial.color.copy(this.colour(style.getPropertyValue("--faint").trim()));
    this.changed();
  }
  resize() {
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight;
    if (!width || !height) return;
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio || 1, 2) * this.quality);
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.changed();
  }
  /* A bar from one place to another. */
  between(mesh, from, to, radius) {
    this.a.fromArray(from); this.b.fromArray(to).sub(this.a);
    const length = Math.max(this.b.length(), 1e-6);
    mesh.position.copy(this.a);
    mesh.quaternion.setFromUnitVectors(this.up, this.b.divideScalar(length));
    mesh.scale.set(radius, length, radius);
  }
  dress(meshes, now, center, shown) {
    BODY.bones.forEach((bone, i) => {
      const mesh = meshes[i], b = bone.body;
      mesh.visible = shown;
      if (!shown) return;
      mesh.position.set(now.o[b * 3] - center[0], now.o[b * 3 + 1], now.o[b * 3 + 2] - center[2]);
      mesh.quaternion.set(now.q[b * 4 + 1], now.q[b * 4 + 2], now.q[b * 4 + 3], now.q[b * 4]);
    });
  }
  joint(walker, now, child, center) {
    const joint = walker.joints[child];
    if (!joint) return null;
    const out = [0, 0, 0];
    carry(now.q, now.o, joint[0], DATA.surfaces.bodies.length, joint.slice(1), out, 0);
    return [out[0] - center[0], out[1], out[2] - center[2]];
  }
  draw(walker, now, other, otherNow, options) {
    const base = DATA.surfaces.root;
    const center = [now.o[base * 3], 0, walker.o[base * walker.instants * 3 + 2]];
    this.dress(this.bones, now, center, true);
    if (options.ghost && other) this.dress(this.ghost, otherNow, [otherNow.o[base * 3], 0, other.o[base * other.instants * 3 + 2]], true);
    else this.ghost.forEach((mesh) => { mesh.visible = false; });
    this.drawMuscles(walker, now, center, options.muscles);
    this.drawLines(walker, now, center, options);
    this.drawArrows(now, center, options.arrows);
    this.floor.position.x = -((options.travelled + now.o[base * 3]) % 0.25);
    this.place();
    this.renderer.render(this.scene, this.camera);
  }
  drawMuscles(walker, now, center, shown) {
    this.muscles.visible = this.edges.visible = shown;
    if (!shown) return;
    let count = 0, marked = 0;
    const from = [0, 0, 0], to = [0, 0, 0], holder = this.holder || (this.holder = new THREE.Object3D());
    for (let p = 0; p + 1 < walker.muscle.length; p++) {
      const m = walker.muscle[p];
      if (walker.muscle[p + 1] !== m) continue;
      for (let k = 0; k < 3; k++) { from[k] = now.points[p * 3 + k] - center[k]; to[k] = now.points[p * 3 + 3 + k] - center[k]; }
      const share = Math.min(1, Math.max(0, now.tension[m] / BODY.forceMax)), radius = 0.0022 + 0.0075 * share;
      this.between(holder, from, to, radius); holder.updateMatrix();
      this.muscles.setMatrixAt(count, holder.matrix);
      const place = share * (this.ramp.length - 1), i = Math.min(Math.floor(place), this.ramp.length - 2);
      this.muscles.setColorAt(count, this.tint.copy(this.ramp[i]).lerp(this.ramp[i + 1], place - i));
      count++;
      if (walker.strength[m] < 1) { this.between(holder, from, to, radius + 0.0028); holder.updateMatrix(); this.edges.setMatrixAt(marked++, holder.matrix); }
    }
    this.muscles.count = count; this.edges.count = marked;
    this.muscles.instanceMatrix.needsUpdate = this.edges.instanceMatrix.needsUpdate = true;
    this.muscles.instanceColor.needsUpdate = true;
  }
  drawLines(walker, now, center, options) {
    const suffix = options.side === 0 ? "_r" : "_l", bodies = DATA.surfaces.bodies;
    const hips = ["femur_r", "femur_l"].map((name) => this.joint(walker, now, name, center));
    const leg = ["femur", "tibia", "talus"].map((name) => this.joint(walker, now, name + suffix, center));
    const waist = this.joint(walker, now, "torso", center), torso = bodies.indexOf("torso"), show = (name, from, to) => {
      this.lines[name].visible = Boolean(options.lines && from && to);
      if (this.lines[name].visible) this.between(this.lines[name], from, to, 0.0075);
    };
    let top = null;
    if (waist && torso >= 0) {
      const out = [0, 0, 0];
      carry(now.q, [0, 0, 0, ...new Array(torso * 3).fill(0)].slice(0, (torso + 1) * 3), torso, bodies.length, [0, 0.62, 0], out, 0);
      top = [waist[0] + out[0], waist[1] + out[1], waist[2] + out[2]];
    }
    show("trunk", waist, top);
    let ends = [null, null];
    if (hips[0] && hips[1]) {
      const mid = hips[0].map((x, k) => (x + hips[1][k]) / 2), along = hips[0].map((x, k) => x - hips[1][k]), size = Math.hypot(...along);
      ends = [1, -1].map((sign) => mid.map((x, k) => x + sign * 0.2 * along[k] / size));
    }
    show("pelvis", ...ends);
    show("thigh", leg[0], leg[1]);
    show("knee", leg[1], leg[2]);
  }
  drawArrows(now, center, shown) {
    for (let s = 0; s < 2; s++) {
      const force = [0, 1, 2].map((k) => now.push[s * 3 + k]), size = Math.hypot(...force);
      const visible = shown && size > 40;
      this.arrows[s].visible = this.heads[s].visible = visible;
      if (!visible) continue;
      const from = [0, 1, 2].map((k) => now.where[s * 3 + k] - center[k]), length = 0.0007;
      const tip = from.map((x, k) => x + force[k] * length), neck = from.map((x, k) => x + force[k] * length * 0.88);
      this.between(this.arrows[s], from, neck, 0.008);
      this.between(this.heads[s], neck, tip, 0.026);
    }
  }
  place() {
    if (this.wanted) {
      const gap = ((this.wanted[0] - this.azimuth + Math.PI) % (2 * Math.PI) + 2 * Math.PI) % (2 * Math.PI) - Math.PI;
      this.azimuth += 0.22 * gap; this.height += 0.22 * (this.wanted[1] - this.height);
      if (Math.abs(gap) + Math.abs(this.wanted[1] - this.height) < 0.004) this.wanted = null;
      else this.changed();
    }
    const narrow = Math.max(1, 0.72 / this.camera.aspect), far = this.distance * narrow;
    const flat = Math.cos(this.height) * far;
    this.camera.position.set(Math.cos(this.azimuth) * flat, 0.86 + Math.sin(this.height) * far, Math.sin(this.azimuth) * flat);
    this.camera.lookAt(0, 0.79, 0);
    this.key.position.set(this.camera.position.x, this.camera.position.y + 2.4, this.camera.position.z).addScaledVector(new THREE.Vector3(-Math.sin(this.azimuth), 0, Math.cos(this.azimuth)), 2);
    this.rim.position.set(-this.camera.position.x, 2.5, -this.camera.position.z);
  }
}
