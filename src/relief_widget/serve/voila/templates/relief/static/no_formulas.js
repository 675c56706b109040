window.MathJax = { Ajax: {}, Hub: { Config() {}, Configured() {}, Queue() {}, Register: { StartupHook() {} } } };
