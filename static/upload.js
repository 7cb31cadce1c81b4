// Big files in pieces: <input type="file" name="file" data-tus="URL" data-tus-script="URL of tus" data-most="300">. A big file
// goes up by tus as soon as it is chosen, can pause, and goes on after a broken line or a reload (the server knows it again);
// then the form is posted with file_arrived=<its token> in the file's place. Small files, and whatever fails to load, go with the form.
(() => {
  const { on, say, leave } = window.portal
  const SMALL = 2 * 1024 * 1024
  const uploads = new WeakMap()  // form → what is on its way
  let active = 0

  const make = (tag, facts = {}) => Object.assign(document.createElement(tag), facts)
  const button = (text, act) => { const made = make('button', { type: 'button', className: 'btn small', textContent: text }); made.onclick = act; return made }

  function show(field, name) {
    const box = make('div', { className: 'job upload' }), words = make('span'), share = make('b', { className: 'num' })
    const progress = make('progress', { max: 100, value: 0 }), acts = make('div', { className: 'cluster' })
    box.setAttribute('role', 'status')
    progress.setAttribute('aria-label', '上传进度')
    box.append(words, share, progress, acts)
    field.after(box)
    return {
      box, acts,
      say(text) { words.textContent = `《${name}》${text}` },
      tell(done, whole) { progress.value = 100 * done / whole; share.textContent = `${Math.floor(100 * done / whole)}%（${(done / 1048576).toFixed(1)} / ${(whole / 1048576).toFixed(1)} MB）` },
    }
  }
  const load = address => window.tus ? Promise.resolve() : new Promise((done, fail) => {
    document.head.append(Object.assign(make('script', { src: address }), { onload: done, onerror: fail }))
  })
  const encode = text => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
  const headers = () => ({ 'X-CSRFToken': document.body.dataset.csrf })

  async function begin(field, file) {
    const metadata = `filename ${encode(file.name)},stamp ${encode(new Date(file.lastModified).toISOString())}`
    const answer = await fetch(field.dataset.tus, { method: 'POST', headers: { ...headers(), 'Tus-Resumable': '1.0.0', 'Upload-Length': file.size, 'Upload-Metadata': metadata } })
    if (answer.status !== 201) throw new Error(answer.headers.get('Content-Type')?.startsWith('text/plain') ? await answer.text() : '没有开始上传，请刷新页面后再试。')
    return { url: answer.headers.get('Location'), token: answer.headers.get('Upload-Token') }
  }

  async function choose(field) {
    const form = field.form, file = field.files[0]
    uploads.get(form)?.drop()
    form.querySelector(`[name="${field.name}_arrived"]`)?.remove()
    if (!file || file.size < SMALL) return
    const refuse = text => { field.value = ''; say(text, 'bad') }
    const ending = `.${file.name.split('.').pop().toLowerCase()}`
    if (!`${field.accept},.jpeg`.split(',').includes(ending)) return refuse(`这里不能上传“${ending}”格式的文件，请上传 ${field.accept.replaceAll('.', '').replaceAll(',', '、')}。`)
    if (file.size > field.dataset.most * 1048576) return refuse(`文件超过了 ${field.dataset.most} MB 的上限，请压缩图片或拆分后重新上传。`)
    let begun
    try { await load(field.dataset.tusScript) } catch { return }  // the plain form takes the file
    try { begun = await begin(field, file) } catch (error) { return refuse(error instanceof TypeError ? '连接断开，没有开始上传。请检查网络后再试。' : error.message) }
    send(form, field, file, begun)
  }

  function send(form, field, file, { url, token }) {
    const shown = show(field, file.name), self = { wanted: null, drop }
    uploads.set(form, self)
    let going = true
    active += 1
    const ended = () => { if (going) active -= 1; going = false; uploads.delete(form) }
    const upload = new window.tus.Upload(file, {
      uploadUrl: url, chunkSize: 8 * 1048576, retryDelays: [0, 1000, 2000, 4000, 8000, 15000, 30000], headers: headers(),
      storeFingerprintForResuming: false,
      onProgress: shown.tell,
      onShouldRetry(error) {
        const status = error.originalResponse?.getStatus() ?? 0
        if (!status) shown.say('：连接断开，正在重新连接…')
        return status === 0 || status >= 500 || status === 409 || status === 423
      },
      onChunkComplete() { shown.say(self.wanted ? '正在上传，传完自动提交' : '正在上传') },
      onError(error) {
        const answer = error.originalResponse
        if (answer?.getStatus() === 422) { ended(); shown.box.remove(); field.value = ''; return say(answer.getBody(), 'bad') }
        pause('：连接断开，已传的部分不用重传。恢复后会自动继续。')
      },
      onSuccess() {
        ended()
        form.append(make('input', { type: 'hidden', name: `${field.name}_arrived`, value: token }))
        field.value = ''
        shown.say('已传完，可以提交。')
        shown.acts.replaceChildren()
        if (self.wanted) { leave(); form.requestSubmit(self.wanted === true ? undefined : self.wanted) }
      },
    })
    const toggle = button('暂停', () => toggle.textContent === '暂停' ? pause('已暂停') : resume())
    function pause(words) { upload.abort(); shown.say(words); toggle.textContent = '继续' }
    function resume() { toggle.textContent = '暂停'; shown.say('正在上传'); upload.start() }
    function drop() { ended(); upload.abort(true).catch(() => {}); shown.box.remove() }
    addEventListener('online', () => { if (going && toggle.textContent === '继续') resume() })
    shown.acts.append(toggle, button('取消', () => { drop(); field.value = '' }))
    shown.say('正在上传')
    upload.start()
  }

  on('change', event => { if (event.target.matches('input[data-tus]')) choose(event.target) })
  on('submit', event => {  // the form waits for its file
    const upload = uploads.get(event.target)
    if (!upload || event.defaultPrevented) return
    event.preventDefault()
    event.stopImmediatePropagation()
    upload.wanted = event.submitter ?? true
    say('文件还在上传，传完后自动提交，请不要关闭页面。')
  }, true)
  addEventListener('beforeunload', event => { if (active) event.preventDefault() })
})()
