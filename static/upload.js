// Big files in pieces: <input type="file" name="file" data-tus="URL">. On submit the file goes up by tus, resumable after a
// broken line; then the form is posted with file_upload=<its address> instead of the file. Without tus the plain form does it.
(() => {
  const { on, say, leave } = window.portal
  if (!window.tus) return

  function bar(field) {
    const box = document.createElement('div'), words = document.createElement('span'), share = document.createElement('b')
    const progress = Object.assign(document.createElement('progress'), { max: 100, value: 0 })
    box.className = 'job'
    box.setAttribute('role', 'status')
    progress.setAttribute('aria-label', '上传进度')
    words.textContent = '正在上传…'
    box.append(words, share, progress)
    field.after(box)
    return { box, tell(done, whole) { progress.value = 100 * done / whole; share.textContent = `${Math.floor(100 * done / whole)}%` } }
  }
  function send(field, file, done) {
    const shown = bar(field)
    const upload = new window.tus.Upload(file, {
      endpoint: field.dataset.tus, chunkSize: 8 * 1024 * 1024, retryDelays: [0, 1000, 3000, 5000, 10000, 20000],
      headers: { 'X-CSRFToken': document.body.dataset.csrf }, metadata: { filename: file.name, filetype: file.type },
      removeFingerprintOnSuccess: true,
      onProgress: shown.tell,
      onError() { shown.box.remove(); field.form.removeAttribute('aria-busy'); say('上传中断。请检查网络后再点一次，已传的部分不用重传。', 'bad') },
      onSuccess() { shown.box.remove(); done(upload.url) },
    })
    upload.findPreviousUploads().then(found => { if (found[0]) upload.resumeFromPreviousUpload(found[0]); upload.start() })
  }
  on('submit', event => {
    const form = event.target, field = form.querySelector('input[data-tus]'), file = field?.files[0]
    if (!file || event.defaultPrevented) return
    event.preventDefault()
    event.stopImmediatePropagation()
    form.ariaBusy = 'true'
    send(field, file, url => {
      const place = Object.assign(document.createElement('input'), { type: 'hidden', name: `${field.name}_upload`, value: new URL(url).pathname })
      form.append(place)
      field.value = ''
      form.removeAttribute('aria-busy')
      leave()
      form.requestSubmit(event.submitter)
    })
  }, true)
})()
